import type { Clock } from "@namerkit/core";
import type { Fault } from "./kinds.js";

/** How a body is sent that is not simply sent. */
export interface Manner {
  /** The length that is announced for a body of this length. */
  length(body: number): number;
  chunks(body: Uint8Array, clock: Clock, signal: AbortSignal): AsyncIterable<Uint8Array>;
  /** What follows the last chunk. */
  readonly end: "orderly" | "reset";
}

const CHUNK = 64 * 1024;

/** Undefined: the body is sent as it is. */
export function mannerOf(fault: Fault | undefined): Manner | undefined {
  switch (fault?.kind) {
    case "truncate":
      return { length: (body) => body, chunks: firstHalf, end: "orderly" };
    case "reset-mid-body":
      return { length: (body) => body, chunks: firstHalf, end: "reset" };
    case "trickle":
      return { length: (body) => body, chunks: (...all) => bytewise(fault.ms ?? 0, ...all), end: "orderly" };
    case "huge": {
      const { bytes = 0 } = fault;
      return { length: () => bytes, chunks: () => filler(bytes), end: "orderly" };
    }
    default:
      return undefined;
  }
}

async function* firstHalf(body: Uint8Array): AsyncGenerator<Uint8Array> {
  yield body.subarray(0, Math.ceil(body.length / 2));
}

async function* bytewise(ms: number, body: Uint8Array, clock: Clock, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  for (let i = 0; i < body.length; i++) {
    if (i > 0) await clock.sleep(ms, signal);
    yield body.subarray(i, i + 1);
  }
}

/** A text in JSON, so that it is the size alone that is wrong. */
async function* filler(bytes: number): AsyncGenerator<Uint8Array> {
  for (let sent = 0; sent < bytes; sent += CHUNK) {
    const part = Buffer.alloc(Math.min(CHUNK, bytes - sent), "x");
    if (sent === 0) part.write('"');
    if (sent + part.length === bytes) part.write('"', part.length - 1);
    yield part;
  }
}

/** The same as a Response of fetch, for whoever has no sockets. What ends before its length is an error there. */
export function imitate(response: Response, manner: Manner, clock: Clock, signal: AbortSignal): Response {
  const { status, headers } = response;
  async function* parts(): AsyncGenerator<Uint8Array> {
    const body = new Uint8Array(await response.arrayBuffer());
    let sent = 0;
    for await (const chunk of manner.chunks(body, clock, signal)) {
      sent += chunk.length;
      yield chunk;
    }
    if (sent < manner.length(body.length)) throw new TypeError("terminated");
  }
  return new Response(streamOf(parts()), { status, headers });
}

function streamOf(parts: AsyncGenerator<Uint8Array>): ReadableStream<Uint8Array> {
  return new ReadableStream({
    async pull(controller) {
      const { done, value } = await parts.next();
      if (done) controller.close();
      else controller.enqueue(value);
    },
    async cancel() {
      await parts.return(undefined);
    },
  });
}
