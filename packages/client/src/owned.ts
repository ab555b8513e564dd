import { type Logger, type Metrics, messageOf, type Path } from "@namerkit/core";

/** What exists once per service or client: its scope of metrics, and what the door attached. */
export interface Owned<T> {
  readonly metrics: Metrics;
  readonly attachment: T;
  /** @internal */
  holders: number;
}

/** Makes what belongs to a path with its first holder; closes the attachment and prunes the metrics with the last. */
export class OwnedByPath<T extends { close?(): void } | undefined> {
  readonly #metrics: Metrics;
  readonly #attach: ((path: Path, metrics: Metrics) => T) | undefined;
  readonly #log: Logger | undefined;
  readonly #held = new Map<string, Owned<T>>();

  constructor(metrics: Metrics, attach: ((path: Path, metrics: Metrics) => T) | undefined, log: Logger | undefined) {
    this.#metrics = metrics;
    this.#attach = attach;
    this.#log = log;
  }

  /** Throws what the door's function throws, and then holds nothing. */
  hold(path: Path): Owned<T> {
    const key = path.show();
    const known = this.#held.get(key);
    if (known !== undefined) {
      known.holders++;
      return known;
    }
    // One segment, slashes and all, as in Linkerd's rt/http/client/#/io.l5d.fs/web.
    const metrics = this.#metrics.scope(key.slice(1));
    const owned: Owned<T> = { metrics, attachment: this.#attach?.(path, metrics) as T, holders: 1 };
    this.#held.set(key, owned);
    return owned;
  }

  /** What is held now, without holding it. */
  peek(path: Path): Owned<T> | undefined {
    return this.#held.get(path.show());
  }

  drop(path: Path): void {
    const key = path.show();
    const owned = this.#held.get(key);
    if (owned === undefined || --owned.holders > 0) return;
    this.#held.delete(key);
    this.#log?.info({ name: key }, `Reaping ${key}`);
    guarded(this.#log, () => owned.attachment?.close?.());
    owned.metrics.remove();
  }
}

/** Runs a door's callback. What it throws is logged; without a log it surfaces as an uncaught exception, never here. */
export function guarded(log: Logger | undefined, callback: () => void): void {
  try {
    callback();
  } catch (thrown) {
    if (log === undefined) {
      queueMicrotask(() => {
        throw thrown;
      });
    } else {
      log.error({ err: thrown }, `an attachment threw: ${messageOf(thrown)}`);
    }
  }
}
