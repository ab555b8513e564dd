import { fillCaptures } from "@namerkit/core";
import type { httpClient } from "../known/client.js";
import type { Layer } from "../known/per-prefix.js";
import type { ClientSettings, SettingsByName } from "../plan-settings.js";
import { settingsByName } from "./settings-by-name.js";

type Given = NonNullable<ReturnType<typeof httpClient.read>>[number] extends Layer<infer T> ? T : never;

/** What a configuration says of clients: `older` is what an older Linkerd had for all of them elsewhere. */
export function clientSettings(
  older: ClientSettings,
  layers: readonly Layer<Given>[] = [],
): SettingsByName<ClientSettings> {
  return settingsByName(
    layers.map(({ pattern, values }) => ({ pattern, settings: (captured) => settingsOf(values, captured) })),
    ({ tls, ...merged }) => ({ ...older, ...merged, ...(tls === undefined || tls === "off" ? {} : { tls }) }),
  );
}

function settingsOf({ requestAuthorizers: _, timeoutMs, tls, ...given }: Given, captured: ReadonlyMap<string, string>) {
  return {
    ...(timeoutMs === undefined ? {} : { requestAttemptTimeoutMs: timeoutMs }),
    ...given,
    ...(tls === undefined ? {} : { tls: tls === "off" ? tls : withName(tls, captured) }),
  };
}

function withName<T extends { readonly commonName?: string }>(tls: T, captured: ReadonlyMap<string, string>): T {
  return tls.commonName === undefined ? tls : { ...tls, commonName: fillCaptures(tls.commonName, captured) };
}
