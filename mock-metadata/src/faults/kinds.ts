/** Which requests a fault is about: those for /<api version>/version, those for anything else, or both. */
export const faultScopes = ["version", "data", "all"] as const;
export type FaultScope = (typeof faultScopes)[number];

interface Kind {
  readonly does: string;
  readonly on: readonly FaultScope[];
  /** Numbers that it takes, with their defaults; undefined where there is none. */
  readonly takes?: Readonly<Record<string, number | undefined>>;
}

const everywhere = faultScopes;

/** All faults that can be switched on, with what a client sees. */
export const faultKinds = {
  hang: { does: "the request is taken, and never answered", on: everywhere },
  "half-open": { does: "connections are accepted, and then nothing", on: ["all"] },
  reset: { does: "the connection is reset at the request", on: everywhere },
  "reset-mid-body": { does: "half of the body, then a reset", on: everywhere },
  truncate: { does: "half of the body that the length announces, then an orderly end", on: everywhere },
  trickle: { does: "one byte of the body each ms", on: everywhere, takes: { ms: 100 } },
  slow: { does: "the head of the answer comes after ms", on: everywhere, takes: { ms: 1_000 } },
  status: {
    does: "this status, with Retry-After if wanted",
    on: everywhere,
    takes: { status: 503, retryAfter: undefined },
  },
  html: { does: "200 with a page of HTML, as from a captive portal", on: everywhere },
  gibberish: { does: "bytes that are no HTTP", on: everywhere },
  huge: { does: "a body of that many bytes", on: everywhere, takes: { bytes: 64 * 1024 * 1024 } },
  empty: { does: "200 with an empty body", on: everywhere },
  instant: { does: "long polls do not wait", on: everywhere },
  flap: { does: "another version each time that it is asked for", on: ["version", "all"] },
  stale: { does: "new versions, but the data of when this was switched on", on: ["data", "all"] },
} as const satisfies Record<string, Kind>;

export type FaultKind = keyof typeof faultKinds;

/** How one kind is described, for whoever lists them. */
export function faultKind(kind: FaultKind): Kind {
  return faultKinds[kind];
}

export function isFaultKind(text: string): text is FaultKind {
  return Object.hasOwn(faultKinds, text);
}

/** A fault that is switched on. */
export interface Fault {
  readonly kind: FaultKind;
  readonly ms?: number;
  readonly status?: number;
  /** In seconds. */
  readonly retryAfter?: number;
  readonly bytes?: number;
}

/** What a fault is about, and the numbers that its kind takes. */
export interface FaultOptions extends Omit<Fault, "kind"> {
  /** Default: all. */
  readonly on?: FaultScope;
}
