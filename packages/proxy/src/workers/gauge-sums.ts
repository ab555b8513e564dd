import type { Closable, Metrics } from "@namerkit/core";

/** What one worker says of a gauge. */
export interface Share extends Closable {
  value: number;
}

/** Gauges that several workers have under one name. */
export class GaugeSums {
  readonly #shares = new Map<string, Set<Share>>();

  /** 0 until it is set. `metrics`: the scope of this worker's at `path`. */
  share(metrics: Metrics, path: readonly string[], name: string): Share {
    const key = JSON.stringify([...path, name]);
    let all = this.#shares.get(key);
    if (all === undefined) {
      all = new Set();
      this.#shares.set(key, all);
    }
    const shares = all;
    const merge = alike(path, name) ? largest : sum;
    // Each has the gauge for itself, as its scope may be removed before the others'; any of them says the same.
    const gauge = metrics.gauge(name, () => merge(shares));
    const close = () => {
      gauge.close();
      shares.delete(share);
      if (shares.size === 0 && this.#shares.get(key) === shares) this.#shares.delete(key);
    };
    const share: Share = { value: 0, close, [Symbol.dispose]: close };
    shares.add(share);
    return share;
  }
}

/** Of these each worker sees the same, or nearly: a set of addresses does not grow with the number of workers. */
function alike(path: readonly string[], name: string): boolean {
  const balancer = path.at(-1) === "loadbalancer";
  return balancer ? name !== "load" : name === "originator" || (name === "available" && path.at(-2) === "client");
}

function sum(shares: ReadonlySet<Share>): number {
  let total = 0;
  for (const { value } of shares) total += value;
  return total;
}

function largest(shares: ReadonlySet<Share>): number {
  let most = Number.NEGATIVE_INFINITY;
  for (const { value } of shares) if (value > most) most = value;
  return most;
}
