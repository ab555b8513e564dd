import type { PathPattern } from "@namerkit/core";
import type { SettingsByName } from "../plan-settings.js";

/** Settings for the names that a pattern matches; given what it has captured. */
export interface SettingsLayer<T extends object> {
  readonly pattern: PathPattern;
  settings(captured: ReadonlyMap<string, string>): T;
}

/** What a name gets of the layers whose pattern matches it: later layers win, key by key. `finish` sees all of it together. */
export function settingsByName<T extends object, U>(
  layers: readonly SettingsLayer<T>[],
  finish: (merged: Partial<T>) => U,
): SettingsByName<U> {
  return {
    of(name) {
      const merged: Partial<T> = {};
      for (const { pattern, settings } of layers) {
        const captured = pattern.match(name);
        if (captured !== undefined) Object.assign(merged, settings(captured));
      }
      return finish(merged);
    },
  };
}
