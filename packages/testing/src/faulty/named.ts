import { html, huge, json, truncatedJson } from "./answers.js";
import type { Behaviour } from "./behaviour.js";
import { gibberish, hangUp, reset, resetConnection, resetMidBody, truncate } from "./breaks.js";
import { halfOpen, hang, hangMidBody, slow, trickle, trickleHead } from "./silences.js";

/** The behaviours that can be named instead of built, each with its defaults. */
export const behaviours = {
  ok: () => json({ ok: true }),
  hang,
  "hang mid-body": () => hangMidBody(),
  "half-open": halfOpen,
  slow: () => slow(1_000, json({ ok: true })),
  trickle: () => trickle(),
  "trickle head": () => trickleHead(),
  reset,
  "reset connection": resetConnection,
  "reset mid-body": () => resetMidBody(),
  "hang up": hangUp,
  truncate: () => truncate(),
  "truncated json": () => truncatedJson(),
  gibberish,
  html: () => html(),
  huge: () => huge(),
} as const satisfies Record<string, () => Behaviour>;

export type BehaviourName = keyof typeof behaviours;
