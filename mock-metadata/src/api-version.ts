/** The dated versions of the metadata API, oldest first. `latest` is the newest. */
export const apiVersions = ["2015-07-25", "2015-12-19", "2016-07-29"] as const;
export type ApiVersion = (typeof apiVersions)[number];

const [, , newest] = apiVersions;

/** The version that a client names, `latest` included. Undefined: there is no such version. */
export function apiVersionOf(name: string): ApiVersion | undefined {
  return name === "latest" ? newest : apiVersions.find((one) => one === name);
}
