import cluster from "node:cluster";
import type { ServerPlan } from "@namerkit/config";
import { type Clock, NamerError } from "@namerkit/core";
import type { ServingAt } from "../assembly.js";
import { ProxyServer } from "../http/proxy-server.js";
import { hostPort } from "../upstream/connect.js";
import type { Front, Prepared } from "./front.js";
import type { RouterGeneration } from "./generation.js";

/** A port of an edition. */
interface Wanted {
  readonly key: string;
  readonly plan: ServerPlan;
  readonly generation: RouterGeneration;
  /** Such as routers.0.servers.1. */
  readonly at: string;
}

interface Open {
  readonly server: ProxyServer;
  readonly generation: RouterGeneration;
}

/** What has kept a port from being opened, and where it stands in the document. */
export class PortFailure extends Error {
  readonly at: string;

  constructor(at: string, cause: unknown) {
    super("a port cannot be opened", { cause });
    this.at = at;
  }
}

/** And where they will listen. */
export interface PreparedPorts extends Prepared {
  readonly serving: readonly ServingAt[];
}

/** The listening ports, whichever generations serve them. */
export class Ports implements Front {
  readonly accepting = true;
  readonly lastWordsMs = 0;
  readonly pages = [];
  readonly #clock: Clock;
  #open = new Map<string, Open>();
  /** Those that are not wanted any more, with the end of their last connection. */
  readonly #leaving = new Map<ProxyServer, { readonly generation: RouterGeneration; readonly over: Promise<void> }>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get serving(): readonly ServingAt[] {
    return [...this.#open.values()].map(({ server, generation }) => servingAt(server, generation));
  }

  /** Opens those that are new. Rejects with a PortFailure, and then nothing new is left open. */
  async prepare({ routers }: { readonly routers: readonly RouterGeneration[] }): Promise<PreparedPorts> {
    const wanted = routers.flatMap(wantedBy);
    const made = new Map<string, ProxyServer>();
    const discard = () => {
      for (const server of made.values()) server.close();
    };
    for (const { key, plan, generation, at } of wanted) {
      const open = this.#open.get(key);
      if (open !== undefined && (open.generation === generation || open.server.fits(plan))) continue;
      const server = new ProxyServer(plan, generation.router, generation.router.metrics);
      made.set(key, server);
      try {
        if (open === undefined) await server.listen();
        else if (cluster.isWorker) throw new NamerError("PROXY_LISTEN", stays(plan));
        else await server.prepare();
      } catch (cause) {
        discard();
        throw new PortFailure(at, cause);
      }
    }
    const serving = wanted.flatMap(({ key, generation }) => {
      // One that is to take over listens nowhere yet.
      const server = this.#open.get(key)?.server ?? made.get(key);
      return server === undefined ? [] : [servingAt(server, generation)];
    });
    return { serving, discard, commit: (graceMs) => this.#commit(wanted, made, graceMs) };
  }

  async clients(): Promise<readonly []> {
    return [];
  }

  async drain(): Promise<void> {
    const open = [...this.#open.values()].map(({ server }) => server.drain());
    await Promise.all([...open, ...[...this.#leaving.values()].map(({ over }) => over)]);
  }

  async left(generation: RouterGeneration): Promise<void> {
    const leaving = [...this.#leaving.values()].filter((one) => one.generation === generation);
    await Promise.all(leaving.map(({ over }) => over));
  }

  close(): void {
    for (const { server } of this.#open.values()) server.close();
    for (const server of [...this.#leaving.keys()]) server.close();
  }

  #commit(wanted: readonly Wanted[], made: ReadonlyMap<string, ProxyServer>, graceMs: number): readonly string[] {
    const warnings: string[] = [];
    const before = this.#open;
    this.#open = new Map();
    for (const { key, plan, generation } of wanted) {
      const open = before.get(key);
      before.delete(key);
      const fresh = made.get(key);
      // Also where another is to listen in its place: its connections stay with it, and may have requests yet.
      if (open !== undefined && open.generation !== generation) {
        open.server.adopt(plan, generation.router, generation.router.metrics);
      }
      const taken = open === undefined || fresh === undefined || fresh.takeOver(open.server);
      const server = taken ? (fresh ?? open?.server) : open?.server;
      if (server === undefined) throw new TypeError("a port has been prepared for another edition");
      this.#open.set(key, { server, generation });
      if (open === undefined || fresh === undefined) continue;
      if (taken) {
        this.#wait({ server: open.server, generation }, open.server.fade(graceMs));
      } else {
        fresh.close();
        warnings.push(stays(plan));
      }
    }
    for (const { server, generation } of before.values()) {
      const timer = this.#clock.after(graceMs, () => server.close());
      const drained = server.drain().then(() => {
        timer.close();
        server.forget();
      });
      this.#wait({ server, generation }, drained);
    }
    return warnings;
  }

  #wait({ server, generation }: Open, closed: Promise<void>): void {
    const over = closed.then(() => {
      server.close();
      this.#leaving.delete(server);
    });
    this.#leaving.set(server, { generation, over });
  }
}

function servingAt(server: ProxyServer, { label }: RouterGeneration): ServingAt {
  return { label, host: server.host, port: server.port };
}

/** The socket belongs to the primary there, which knows nothing of these. */
function stays({ ip, port }: ServerPlan): string {
  return `tls and socketOptions of ${hostPort(ip, port)} can change only with a restart here`;
}

/** A port is the same if its address is; any free port is only another's if it stands at the same place. */
function wantedBy(generation: RouterGeneration, router: number): readonly Wanted[] {
  const { label, plan } = generation;
  return plan.servers.map((server, i) => {
    const { ip, port } = server;
    const key = port === 0 ? `${label} ${i} ${ip}` : hostPort(ip, port);
    return { key, plan: server, generation, at: `routers.${router}.servers.${i}` };
  });
}
