import { Session } from "node:inspector/promises";
import { getHeapSnapshot } from "node:v8";
import type { Clock } from "@namerkit/core";
import { type AdminAnswer, type AdminPage, type AdminRequest, text } from "./answer.js";

/** Shorter than whoever reads an answer is given. */
const maxSeconds = 30;

/**
 * POST /admin/cpu-profile?seconds=10 and POST /admin/heap-snapshot, for the developer tools of a browser. One at a time. A snapshot
 * stops everything while it is taken, and needs about as much memory again as the heap has; what is in memory is in it, secrets too.
 */
export function profilePages(clock: Clock): readonly AdminPage[] {
  const turn = new Turn();
  return [
    {
      path: "/admin/cpu-profile",
      methods: ["POST"],
      about: "POST ?seconds=10: where the time goes, as a .cpuprofile",
      handle: (request) => {
        const seconds = secondsOf(request);
        if (seconds === undefined) return text(400, `seconds: a number from 1 to ${maxSeconds}\n`);
        return turn.take("namerkit.cpuprofile", () => profile(seconds * 1_000, clock, request.signal));
      },
    },
    {
      path: "/admin/heap-snapshot",
      methods: ["POST"],
      about: "POST: what is in memory, secrets too, as a .heapsnapshot; nothing is served meanwhile",
      handle: () => turn.take("namerkit.heapsnapshot", () => getHeapSnapshot()),
    },
  ];
}

class Turn {
  #taken = false;

  take(file: string, make: () => AsyncIterable<string | Uint8Array>): AdminAnswer {
    if (this.#taken) return text(409, "another profile or snapshot is being taken\n");
    const headers = [["Content-Disposition", `attachment; filename="${file}"`]] as const;
    return { status: 200, type: "application/octet-stream", body: this.#pieces(make), headers };
  }

  /** Nothing happens before somebody reads. */
  async *#pieces(make: () => AsyncIterable<string | Uint8Array>): AsyncGenerator<string | Uint8Array, void, undefined> {
    if (this.#taken) throw new Error("another profile or snapshot is being taken");
    this.#taken = true;
    try {
      yield* make();
    } finally {
      this.#taken = false;
    }
  }
}

async function* profile(ms: number, clock: Clock, signal: AbortSignal): AsyncGenerator<string, void, undefined> {
  const session = new Session();
  session.connect();
  try {
    await session.post("Profiler.enable");
    await session.post("Profiler.start");
    await clock.sleep(ms, signal).catch(() => {});
    // Nobody is left to be given it.
    if (signal.aborted) return;
    const { profile } = await session.post("Profiler.stop");
    yield JSON.stringify(profile);
  } finally {
    session.disconnect();
  }
}

function secondsOf({ query }: AdminRequest): number | undefined {
  const asked = query.get("seconds") ?? "10";
  const seconds = /^\d+(?:\.\d+)?$/.test(asked) ? Number(asked) : Number.NaN;
  return seconds >= 1 && seconds <= maxSeconds ? seconds : undefined;
}
