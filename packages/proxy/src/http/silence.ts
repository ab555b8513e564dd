import { shownDuration } from "./duration.js";
import type { HttpLimits } from "./limits.js";
import { responseTimeout } from "./texts.js";

/** What a request waits for, as far as it can wait for too long. */
export type Waiting =
  /** For the client to send more of its body. */
  | "body"
  /** For the endpoint's response head, or for it to take more of the request body. */
  | "head"
  /** For more of the answer. */
  | "answer"
  /** For either side of a tunnel. */
  | "tunnel"
  /** For the client to read the answer. */
  | "reader";

/** How far a request has come. */
export type State = "naming" | "trying" | "answering" | "tunnel" | "done";

/** Undefined: for nothing that would not end by itself. Names and connections have deadlines of their own. */
export function waitingFor(
  state: State,
  tries: { readonly awaitsHead: boolean; readonly hungry: boolean; readonly paused: boolean } | undefined,
  tunnel: { readonly stuck: boolean } | undefined,
): Waiting | undefined {
  switch (state) {
    case "naming":
      return undefined;
    case "trying":
      if (tries?.awaitsHead !== true) return undefined;
      return tries.hungry ? "body" : "head";
    case "answering":
      return tries?.paused === true ? "reader" : "answer";
    case "tunnel":
      return tunnel?.stuck === true ? "reader" : "tunnel";
    case "done":
      // What is left of an answer may still be waiting to be read.
      return "reader";
  }
}

/** What to do about a silence: answer an error while that is possible, else cut; undefined: go on waiting. */
export type Verdict = { readonly status: number; readonly text: string } | { readonly cut: string } | undefined;

export function verdict(waiting: Waiting, silentMs: number, limits: HttpLimits): Verdict {
  switch (waiting) {
    case "body":
      return silentMs < limits.uploadIdleMs ? undefined : { status: 408, text: "the request body stopped arriving" };
    case "head":
      if (silentMs < limits.responseMs) return undefined;
      return { status: 503, text: responseTimeout(shownDuration(limits.responseMs)) };
    case "answer":
      return silentMs < limits.responseIdleMs ? undefined : { cut: "the endpoint stopped answering" };
    case "tunnel":
      return silentMs < limits.tunnelIdleMs ? undefined : { cut: "nothing went through the tunnel for too long" };
    case "reader":
      return silentMs < limits.readerStallMs ? undefined : { cut: "the client stopped reading" };
  }
}
