import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** What a real API server was asked, and what it answered. */
export interface Recording {
  readonly note?: string;
  readonly request: {
    readonly method: string;
    readonly path: string;
    readonly headers: Readonly<Record<string, string>>;
  };
  readonly response: {
    readonly status: number;
    readonly headers: Readonly<Record<string, string>>;
    readonly body?: string;
    /** As it arrived; chunks are not lines. */
    readonly stream?: readonly { readonly atMs: number; readonly data: string }[];
  };
  readonly timing: { readonly endAtMs: number; readonly ended: string };
}

const folder = fileURLToPath(new URL("./recordings/", import.meta.url));

export const recordings: readonly string[] = readdirSync(folder)
  .filter((name) => name.endsWith(".json"))
  .map((name) => name.slice(0, -".json".length))
  .sort();

export function recording(name: string): Recording {
  return JSON.parse(readFileSync(`${folder}${name}.json`, "utf8")) as Recording;
}

export interface RecordedEvent {
  readonly atMs: number;
  readonly type: string;
  readonly object: {
    readonly metadata: Readonly<Record<string, unknown>> & { readonly resourceVersion: string };
    readonly [field: string]: unknown;
  };
}

/** The events of a stream, each at the time at which its end had arrived. */
export function eventsOf({ response }: Recording): readonly RecordedEvent[] {
  const events: RecordedEvent[] = [];
  let left = "";
  for (const { atMs, data } of response.stream ?? []) {
    const lines = (left + data).split("\n");
    left = lines.pop() ?? "";
    for (const line of lines) events.push({ atMs, ...(JSON.parse(line) as Omit<RecordedEvent, "atMs">) });
  }
  return events;
}
