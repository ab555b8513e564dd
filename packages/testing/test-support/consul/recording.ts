import { readdirSync, readFileSync } from "node:fs";

/** An exchange with a real Consul 1.8.7. */
export interface Recording {
  readonly request: {
    readonly method: string;
    readonly path: string;
    readonly headers: Readonly<Record<string, string | number>>;
    readonly body?: string;
  };
  readonly response: {
    readonly status: number;
    readonly headers: Readonly<Record<string, string>>;
    readonly body: string;
  };
  readonly timing: { readonly headersAtMs: number };
}

const folder = new URL("fixtures/", import.meta.url);

export const recordings: readonly string[] = readdirSync(folder)
  .filter((name) => name.endsWith(".json"))
  .map((name) => name.replace(/\.json$/, ""))
  .sort();

export function recording(name: string): Recording {
  return JSON.parse(readFileSync(new URL(`${name}.json`, folder), "utf8")) as Recording;
}
