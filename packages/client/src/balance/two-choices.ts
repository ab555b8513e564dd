import type { Endpoint } from "./endpoint.js";

/**
 * The better of two different endpoints drawn at random ("power of two choices"): an open one before a busy one, then the one
 * with the lower load, then the first drawn. After Finagle's P2C. Draws nothing when there is one endpoint alone.
 *
 * @param endpoints at least one
 * @param random uniform in [0, 1)
 * @param now the clock's time if some endpoint may be busy, else 0
 */
export function betterOfTwo(endpoints: readonly Endpoint[], random: () => number, now: number): Endpoint {
  const size = endpoints.length;
  if (size === 1) return endpoints[0] as Endpoint;
  const first = Math.floor(random() * size);
  const a = endpoints[first] as Endpoint;
  const b = endpoints[secondIndex(first, Math.floor(random() * (size - 1)))] as Endpoint;
  return better(a, b, now);
}

/** The second index out of a draw from one fewer: the first is skipped, so that the two always differ. */
export function secondIndex(first: number, draw: number): number {
  return draw >= first ? draw + 1 : draw;
}

/** `a` unless `b` is strictly better. */
export function better(a: Endpoint, b: Endpoint, now: number): Endpoint {
  const aOpen = a.busyUntil <= now;
  if (aOpen !== b.busyUntil <= now) return aOpen ? a : b;
  return b.load < a.load ? b : a;
}
