import { type Answer, answer, flap, html, huge, json } from "../faulty/answers.js";
import type { Behaviour, Exchange, Script } from "../faulty/behaviour.js";
import { gibberish, hangUp, reset, resetConnection, resetMidBody, truncate } from "../faulty/breaks.js";
import type { Relay } from "../faulty/relay.js";
import { connectionLimit, wrongStatus } from "../faulty/shapes.js";
import { halfOpen, hang, hangMidBody, slow, trickle, trickleHead } from "../faulty/silences.js";
import type { Fault } from "./subject.js";

/** Seconds between two bytes, so that no answer that trickles is ever complete in time. */
const TRICKLE_MS = 1_000;

/** In place of an answer that has never been seen whole. */
const anything = json([{ name: "web", address: "10.0.0.99", port: 80 }]);

/** Every way in which a catalogue behind HTTP goes wrong, whatever its protocol. */
export const generalFaults: Readonly<Record<string, Fault>> = {
  // Nobody there, or gone in the middle.
  refused: { script: "refuse", first: "late" },
  "connection reset": { script: () => resetConnection(), first: "late" },
  reset: { script: () => reset(), first: "late" },
  "hang up": { script: () => hangUp(), first: "late" },
  "reset mid-body": { script: (relay) => withAnswer(relay, resetMidBody), first: "late" },
  truncate: { script: (relay) => withAnswer(relay, truncate), first: "late" },
  // Silent.
  hang: { script: () => hang(), first: "late", open: "silent" },
  "hang mid-body": { script: (relay) => withAnswer(relay, hangMidBody), first: "late", open: "silent" },
  "half-open": { script: () => halfOpen(), first: "late", open: "silent" },
  // Slow.
  trickle: { script: (relay) => withAnswer(relay, (whole) => trickle(TRICKLE_MS, whole)), first: "either" },
  "slow headers": {
    script: (relay) => withAnswer(relay, (whole) => trickleHead(TRICKLE_MS, whole)),
    first: "late",
  },
  "late answers": { script: (relay) => slow(2_000, relay), first: "any" },
  // Not what was asked for.
  gibberish: { script: () => gibberish(), first: "either" },
  "HTML page": { script: () => html(), first: "at once" },
  "wrong shape": { script: () => json({ unexpected: { shape: 1 } }), first: "at once" },
  "empty body": { script: () => answer("", { headers: { "content-type": "application/json" } }), first: "at once" },
  "half of the JSON": { script: (relay) => withAnswer(relay, half), first: "at once" },
  huge: { script: () => huge(), first: "either" },
  // Errors of its own.
  "401": { script: () => wrongStatus(401), first: "at once" },
  "403": { script: () => wrongStatus(403), first: "at once" },
  "429": { script: () => wrongStatus(429, { retryAfter: 5 }), first: "late" },
  "500": { script: () => wrongStatus(500), first: "late" },
  "502 with a page": { script: () => html(502), first: "late" },
  "503": { script: () => wrongStatus(503, { retryAfter: 5 }), first: "late" },
  // Now and then.
  "instant answers": { script: (relay) => relay.instant, first: "any" },
  flapping: { script: (relay) => flap(relay, wrongStatus(500), relay, reset()), first: "any" },
  "connection limit": { script: (relay) => connectionLimit(1, relay), first: "any" },
};

/** Faults that can be tried for one kind of request alone, while all others are relayed. */
const partial = ["reset mid-body", "hang", "HTML page", "wrong shape", "empty body", "half of the JSON", "403", "500"];

/** The faults of a subject: the general ones, its own, and what may befall one kind of its requests alone. */
export function faultsFor(subject: {
  readonly faults?: Readonly<Record<string, Fault>>;
  readonly requests?: Readonly<Record<string, RegExp>>;
}): Readonly<Record<string, Fault>> {
  const whole: Record<string, Fault> = { ...generalFaults, ...subject.faults };
  const parts = [...partial, ...Object.keys(subject.faults ?? {})];
  for (const [kind, pattern] of Object.entries(subject.requests ?? {})) {
    for (const name of parts) {
      const fault = whole[name];
      if (fault === undefined || fault.script === "refuse") continue;
      whole[`${name} of ${kind}`] = { ...fault, script: only(pattern, fault.script), open: "reset" };
    }
  }
  return whole;
}

function only(pattern: RegExp, script: (relay: Relay) => Script): (relay: Relay) => Script {
  return (relay) => {
    const bad = script(relay);
    return (request) => {
      if (!pattern.test(request.url)) return relay;
      return typeof bad === "function" ? bad(request) : bad;
    };
  };
}

/** A fault made of what the catalogue has last answered to the same request. */
function withAnswer(relay: Relay, make: (whole: Answer) => Behaviour): Behaviour {
  const { name } = make(anything);
  return {
    name,
    request: (exchange: Exchange) => make(relay.lastAnswer(exchange.request.url) ?? anything).request(exchange),
  };
}

/** Correctly framed, and the rest of the body is missing. Of a body that is no JSON there is nothing left. */
function half({ status, headers, body }: Answer): Behaviour {
  const cut = body.subarray(0, body.length < 8 ? 0 : Math.floor(body.length / 2));
  const { "content-length": _, ...rest } = headers;
  return answer(cut, { status, headers: rest });
}
