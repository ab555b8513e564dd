import { parse } from "node:path";
import type { AccessLogPlan } from "@namerkit/config";

export type RollPolicy = AccessLogPlan["rollPolicy"];

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
/** The first of January 1970 was a Thursday; a week begins with day 1, Sunday, as in Java. */
const firstDay = 5;

/** When the period of a moment began; undefined where only the size counts, or nothing. All times are UTC. */
export function periodOf(policy: RollPolicy, ms: number): number | undefined {
  switch (policy.kind) {
    case "hourly":
      return Math.floor(ms / hourMs) * hourMs;
    case "daily":
      return Math.floor(ms / dayMs) * dayMs;
    case "weekly": {
      const day = Math.floor(ms / dayMs);
      const since = (((day + firstDay - policy.day) % 7) + 7) % 7;
      return (day - since) * dayMs;
    }
    case "never":
    case "size":
      return undefined;
  }
}

/** Names of files that have been rolled: access.log of the 2nd of May is access-20260502.log, as with Twitter's logging library. */
export class RolledNames {
  readonly #prefix: string;
  readonly #ext: string;
  readonly #policy: RollPolicy;
  readonly #shape: RegExp;

  constructor(base: string, policy: RollPolicy) {
    const { name, ext } = parse(base);
    this.#prefix = `${name}-`;
    this.#ext = ext;
    this.#policy = policy;
    this.#shape = /^\d{8}(?:-\d{2}|-\d{6})?(?:\.\d+)?$/;
  }

  /** For a file that was begun then: one that none of the folder's names is, and that sorts behind all of them. */
  next(begunAt: number, folder: readonly string[]): string {
    const digits = new Date(begunAt).toISOString().replace(/\D/g, "");
    const { kind } = this.#policy;
    const day = digits.slice(0, 8);
    const time = kind === "hourly" ? `-${digits.slice(8, 10)}` : kind === "size" ? `-${digits.slice(8, 14)}` : "";
    const stem = `${this.#prefix}${day}${time}`;
    const taken = this.among(folder).filter((name) => name === `${stem}${this.#ext}` || name.startsWith(`${stem}.`));
    const last = taken.at(-1);
    if (last === undefined) return `${stem}${this.#ext}`;
    const nth = Number(/^\.(\d+)/.exec(last.slice(stem.length))?.[1] ?? 0);
    return `${stem}.${nth + 1}${this.#ext}`;
  }

  /** Those of a folder's names that such a file may have, the oldest first. */
  among(names: readonly string[]): readonly string[] {
    const stamps = names.flatMap((name) => {
      if (!name.startsWith(this.#prefix) || !name.endsWith(this.#ext)) return [];
      const stamp = name.slice(this.#prefix.length, name.length - this.#ext.length);
      return this.#shape.test(stamp) ? [{ name, stamp }] : [];
    });
    const order = new Intl.Collator("en", { numeric: true });
    return stamps.sort((a, b) => order.compare(a.stamp, b.stamp)).map(({ name }) => name);
  }
}
