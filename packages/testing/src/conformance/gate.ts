import type { Clock } from "@namerkit/core";
import type { SeenRequest } from "../faulty/behaviour.js";
import { type Relay, relay } from "../faulty/relay.js";
import { type FaultyServer, faultyServer } from "../faulty/server.js";
import type { Fault, Place } from "./subject.js";
import type { Trace } from "./trace.js";

/** How much has come through the gate up to a moment. */
export interface Mark {
  readonly at: number;
  readonly requests: number;
  readonly connections: number;
}

/** Stands between a namer and its backend: sees every request, and does as any kind of broken server. */
export class Gate {
  readonly server: FaultyServer;
  readonly relay: Relay;
  readonly #clock: Pick<Clock, "now">;
  readonly #trace: Trace;

  private constructor(server: FaultyServer, passing: Relay, clock: Pick<Clock, "now">, trace: Trace) {
    this.server = server;
    this.relay = passing;
    this.#clock = clock;
    this.#trace = trace;
  }

  static async open(port: number, clock: Clock, trace: Trace): Promise<Gate> {
    const passing = relay(`http://127.0.0.1:${port}`);
    const gate = new Gate(await faultyServer(passing, { clock }), passing, clock, trace);
    gate.server.onRequest = (request) => trace.add("request", `${request.number}: ${request.method} ${request.url}`);
    return gate;
  }

  get place(): Place {
    return { host: "127.0.0.1", port: this.server.port };
  }

  get openConnections(): number {
    return this.server.openConnections;
  }

  /** Requests that wait for an answer of the backend, such as held polls. */
  get underWay(): number {
    return this.relay.underWay;
  }

  /** Another number each time that a client or the backend has done something. */
  get activity(): number {
    const { connectionCount, requestCount, openConnections } = this.server;
    return 2 * connectionCount - openConnections + requestCount + this.relay.passed;
  }

  get requests(): readonly SeenRequest[] {
    return this.server.requests;
  }

  /** From now on every request meets the fault, and what is open is treated as the fault says. */
  async begin(name: string, fault: Fault): Promise<void> {
    this.#trace.add("gate", `${name} begins`);
    if (fault.script === "refuse") {
      await this.server.refuse();
      return;
    }
    this.server.behave(fault.script(this.relay));
    if (fault.open === "silent") this.relay.silence();
    else if (fault.open !== "kept") this.server.dropConnections();
  }

  /** From now on requests are relayed again. */
  async heal(): Promise<void> {
    this.#trace.add("gate", "all is well");
    this.server.behave(this.relay);
    await this.server.revive();
  }

  mark(): Mark {
    return {
      at: this.#clock.now(),
      requests: this.server.requestCount,
      connections: this.server.connectionCount,
    };
  }

  /** Requests or connections since a moment, whichever are more: a server that refuses before it reads sees connections only. */
  since(mark: Mark): number {
    return Math.max(this.server.requestCount - mark.requests, this.server.connectionCount - mark.connections);
  }

  async close(): Promise<void> {
    await this.server.close();
  }
}
