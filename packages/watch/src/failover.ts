import type { Clock, Closable } from "@namerkit/core";

export interface FailoverOptions<H> {
  /** Whether a server that is not in use could be. Rejecting means no. It must end by itself, or when the signal aborts. */
  probe(server: H, signal: AbortSignal): Promise<boolean>;
  /** How often those before the one in use are probed, in ms; 5,000 by default, with jitter. */
  readonly probeMs?: number | undefined;
  /** For how long one of them must have been well before it is used again, in ms; 30,000 by default. */
  readonly healthyMs?: number | undefined;
  /** How many failures in a row of a server that can be reached make us try the next; 3 by default. */
  readonly failures?: number | undefined;
  /** Another server is in use. `down` if the one before is not to be used any more, undefined if one that is better is back. */
  readonly changed?: ((to: Choice<H>, down: Choice<H> | undefined) => void) | undefined;
}

/** The server in use. */
export interface Choice<H> {
  readonly server: H;
  readonly index: number;
  /**
   * What was learned from a server (an index, a version) is of use only within one epoch. Another server is another epoch; the one that
   * answered last keeps its own, when no other has answered in between.
   */
  readonly epoch: number;
}

export interface ServerState<H> {
  readonly server: H;
  readonly inUse: boolean;
  /** Failures since it was last well. */
  readonly failures: number;
  /** What the latest of them was; undefined when it was well since. */
  readonly lastError: string | undefined;
}

interface Server<H> {
  readonly server: H;
  failures: number;
  lastError: string | undefined;
  /** While it is not in use, and is probed. */
  healthySince: number | undefined;
}

/**
 * Which of several servers is used, in order of preference: the one that works, for as long as it does; then the next; and again one of
 * those before it when that has been well for a while. Whoever uses it says how the server does. Probing goes on only while somebody holds.
 */
export class Failover<H> implements Closable {
  readonly #env: { readonly clock: Clock; readonly random: () => number };
  readonly #options: FailoverOptions<H>;
  readonly #servers: readonly Server<H>[];
  #current: Choice<H>;
  #answered: Choice<H> | undefined;
  #epochs = 1;
  #changes = 0;
  #holders = 0;
  #probing: AbortController | undefined;
  #timer: Closable | undefined;
  #closed = false;

  /** @param servers one at least */
  constructor(
    env: { readonly clock: Clock; readonly random: () => number },
    servers: readonly [H, ...H[]],
    options: FailoverOptions<H>,
  ) {
    this.#env = env;
    this.#options = options;
    this.#servers = servers.map((server) => ({
      server,
      failures: 0,
      lastError: undefined,
      healthySince: undefined,
    }));
    this.#current = { server: servers[0], index: 0, epoch: 1 };
  }

  get current(): Choice<H> {
    return this.#current;
  }

  /** How often another server has come into use. */
  get changes(): number {
    return this.#changes;
  }

  /** The server of `choice` has answered, be it with an error that is not its own. */
  succeeded(choice: Choice<H>): void {
    const server = this.#servers[choice.index];
    if (server !== undefined) {
      server.failures = 0;
      server.lastError = undefined;
    }
    if (choice.epoch === this.#current.epoch) this.#answered = choice;
  }

  /** It could not be reached, or is no use (`fatal`): the next is used. Or it failed in another way, which has to happen some times. */
  failed(choice: Choice<H>, error: string, fatal: boolean): void {
    const server = this.#servers[choice.index];
    if (server === undefined) return;
    server.failures++;
    server.lastError = error;
    if (choice.epoch !== this.#current.epoch || this.#servers.length === 1 || this.#closed) return;
    if (!fatal && server.failures < (this.#options.failures ?? 3)) return;
    server.healthySince = undefined;
    this.#use((choice.index + 1) % this.#servers.length, choice);
  }

  /** Servers that should be used again are looked after until `signal` aborts. */
  hold(signal: AbortSignal): void {
    if (signal.aborted || this.#closed) return;
    this.#holders++;
    this.#schedule();
    const release = (): void => {
      if (--this.#holders === 0) this.#stop();
    };
    signal.addEventListener("abort", release, { once: true });
  }

  state(): readonly ServerState<H>[] {
    return this.#servers.map(({ server, failures, lastError }, index) => ({
      server,
      inUse: index === this.#current.index,
      failures,
      lastError,
    }));
  }

  close(): void {
    this.#closed = true;
    this.#stop();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #use(index: number, down: Choice<H> | undefined): void {
    const { server } = this.#servers[index] as Server<H>;
    this.#current = index === this.#answered?.index ? this.#answered : { server, index, epoch: ++this.#epochs };
    this.#changes++;
    this.#schedule();
    this.#options.changed?.(this.#current, down);
  }

  #stop(): void {
    this.#timer?.close();
    this.#timer = undefined;
    this.#probing?.abort();
    for (const server of this.#servers) server.healthySince = undefined;
  }

  #schedule(): void {
    if (this.#holders === 0 || this.#closed || this.#current.index === 0) return;
    if (this.#timer !== undefined || this.#probing !== undefined) return;
    const { probeMs = 5_000 } = this.#options;
    this.#timer = this.#env.clock.after(probeMs * (0.75 + this.#env.random() / 2), () => {
      this.#timer = undefined;
      void this.#probe();
    });
  }

  async #probe(): Promise<void> {
    const probing = new AbortController();
    this.#probing = probing;
    const before = this.#servers.slice(0, this.#current.index);
    const well = await Promise.all(before.map(({ server }) => this.#isWell(server, probing.signal)));
    this.#probing = undefined;
    if (probing.signal.aborted) {
      // Somebody may have begun to hold meanwhile.
      this.#schedule();
      return;
    }
    const now = this.#env.clock.now();
    for (const [i, server] of before.entries()) {
      server.healthySince = well[i] === true ? (server.healthySince ?? now) : undefined;
    }
    const { healthyMs = 30_000 } = this.#options;
    const better = before.findIndex(
      ({ healthySince }) => healthySince !== undefined && now - healthySince >= healthyMs,
    );
    if (better >= 0 && better < this.#current.index) {
      const server = this.#servers[better] as Server<H>;
      server.healthySince = undefined;
      server.failures = 0;
      server.lastError = undefined;
      this.#use(better, undefined);
    }
    this.#schedule();
  }

  async #isWell(server: H, signal: AbortSignal): Promise<boolean> {
    try {
      return await this.#options.probe(server, signal);
    } catch {
      // That it is not well is all there is to know of a server that is not in use.
      return false;
    }
  }
}
