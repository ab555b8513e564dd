import type { Layer } from "../known/per-prefix.js";
import type { httpService } from "../known/service.js";
import type { ServiceSettings, SettingsByName } from "../plan-settings.js";
import { settingsByName } from "./settings-by-name.js";

type Given = NonNullable<ReturnType<typeof httpService.read>>[number] extends Layer<infer T> ? T : never;

/** What a configuration says of services: `older` is what an older Linkerd had for all of them elsewhere. */
export function serviceSettings(
  older: ServiceSettings,
  layers: readonly Layer<Given>[] = [],
): SettingsByName<ServiceSettings> {
  const { retries: olderRetries, ...rest } = older;
  // A budget and a back-off are settings of their own: one prefix may set the one, another the other.
  return settingsByName(
    layers.map(({ pattern, values: { retries, ...values } }) => {
      const settings = { ...values, ...retries };
      return { pattern, settings: () => settings };
    }),
    ({ budget, backoff, ...merged }) => {
      const retries = {
        ...olderRetries,
        ...(budget === undefined ? {} : { budget }),
        ...(backoff === undefined ? {} : { backoff }),
      };
      return { ...rest, ...merged, ...(Object.keys(retries).length === 0 ? {} : { retries }) };
    },
  );
}
