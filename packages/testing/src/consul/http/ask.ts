import type { ConsulFaults } from "../options.js";
import { goDuration } from "./go-duration.js";

/** A request as it came in. */
export interface ConsulRequest {
  readonly method: string;
  /** Path and query, as in the request line. */
  readonly target: string;
  /** By lower-case name. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body?: Uint8Array;
}

/** A request as its handler sees it. */
export interface Ask {
  readonly method: string;
  /** What follows the handler's own path, decoded. */
  readonly rest: string;
  readonly parameters: URLSearchParams;
  readonly token: string;
  readonly headers: ConsulRequest["headers"];
  readonly body: Uint8Array;
  /** Aborts when the client is gone. */
  readonly signal: AbortSignal;
  /** Those that concern it, as they are now. */
  readonly faults: ConsulFaults;
}

export interface QueryOptions {
  readonly datacenter: string | undefined;
  /** 0: does not block. */
  readonly index: number;
  /** Within Consul's bounds. */
  readonly waitMs: number;
  readonly consistency: "leader" | "stale" | "consistent";
}

const DEFAULT_WAIT_MS = 300_000;
const LONGEST_WAIT_MS = 600_000;
const LARGEST_INDEX = 2n ** 64n;

/** Path and parameters apart, the path decoded; undefined if it cannot be. */
export function split(target: string): readonly [path: string, parameters: URLSearchParams] | undefined {
  const at = target.indexOf("?");
  try {
    const path = decodeURIComponent(at < 0 ? target : target.slice(0, at));
    return [path, new URLSearchParams(at < 0 ? "" : target.slice(at + 1))];
  } catch {
    return undefined;
  }
}

/** From the header, as a bearer, or as a parameter. */
export function tokenOf(headers: ConsulRequest["headers"], parameters: URLSearchParams): string {
  const bearer = /^Bearer (.+)$/i.exec(headers.authorization ?? "")?.[1];
  return parameters.get("token") || headers["x-consul-token"] || bearer || "";
}

/** What every query may say, or Consul's complaint about it. */
export function queryOptions(parameters: URLSearchParams): QueryOptions | string {
  const wait = parameters.get("wait") || undefined;
  const waitMs = wait === undefined ? 0 : goDuration(wait);
  if (waitMs === undefined) return "Invalid wait time";
  const index = parameters.get("index") || "0";
  if (!/^\d+$/.test(index) || BigInt(index) >= LARGEST_INDEX) return "Invalid index";
  const stale = parameters.has("stale");
  const consistent = parameters.has("consistent");
  if (stale && consistent) return "Cannot specify ?stale with ?consistent, conflicting semantics.";
  return {
    datacenter: parameters.get("dc") || undefined,
    index: Number(index),
    waitMs: waitMs > 0 ? Math.min(waitMs, LONGEST_WAIT_MS) : DEFAULT_WAIT_MS,
    consistency: stale ? "stale" : consistent ? "consistent" : "leader",
  };
}

/** Go's ParseBool, with "" for a parameter without a value; undefined if it is none. */
export function goBool(text: string): boolean | undefined {
  if (/^(|1|t|T|TRUE|true|True)$/.test(text)) return true;
  return /^(0|f|F|FALSE|false|False)$/.test(text) ? false : undefined;
}
