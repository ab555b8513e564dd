import { type Answer, ask } from "../support/http.js";

/** Where a stack is reached from this machine. */
export interface StackAddresses {
  readonly proxy: URL;
  readonly admin: URL;
  readonly control: URL;
  readonly client: URL;
}

/** What the steady client has to say, since it started. */
export interface ClientTotals {
  readonly requests: number;
  readonly answers: number;
  readonly failures: number;
  readonly lastFailure: string | null;
}

const STACK = "sample-stack";

/**
 * The demo's stack, running: see `startStack`. Everything goes over HTTP, so it is the same whoever runs it. All calls reject when they
 * are not answered in time, or with what was not expected.
 */
export class Stack implements AsyncDisposable {
  readonly at: StackAddresses;
  readonly #close: () => Promise<void>;

  /** `close` ends all that runs, and rejects if a part did not end well. */
  constructor(at: StackAddresses, close: () => Promise<void>) {
    this.at = at;
    this.#close = close;
  }

  /** Through the proxy. */
  get(name: string): Promise<Answer> {
    return ask(this.at.proxy, { headers: { host: name } });
  }

  /** The container that answers for a name, such as sample-service1-2. */
  async answerer(name: string): Promise<string> {
    const { status, body } = await this.get(name);
    if (status !== 200) throw new Error(`${name} was answered with ${status}: ${body}`);
    return body.trim().replace(`${STACK}-`, "");
  }

  scale(service: string, to: number): Promise<void> {
    return this.#control(`/scale?service=${STACK}/${service}&to=${to}`);
  }
  stop(service: string): Promise<void> {
    return this.#control(`/stop?service=${STACK}/${service}`);
  }
  start(service: string): Promise<void> {
    return this.#control(`/start?service=${STACK}/${service}`);
  }
  takeMetadataDown(): Promise<void> {
    return this.#control("/take-down");
  }
  bringMetadataBack(): Promise<void> {
    return this.#control("/bring-back");
  }

  /** How often the proxy has seen a route change, by name. */
  async treeUpdates(): Promise<Readonly<Record<string, number>>> {
    const metrics = (await this.#json(this.at.admin, "/admin/metrics.json?q=rt/http/service")) as Record<
      string,
      number
    >;
    const found = Object.entries(metrics).filter(([name]) => name.endsWith("/tree_updates"));
    if (found.length === 0) throw new Error(`no tree_updates in the metrics: ${Object.keys(metrics).join(", ")}`);
    return Object.fromEntries(found);
  }

  /** How many addresses of a service the proxy knows; 0 if it does not know the service. */
  async addresses(service: string): Promise<number> {
    const clients = (await this.#json(this.at.admin, "/client_state.json")) as Record<
      string,
      { readonly addresses?: readonly string[] }
    >;
    const found = Object.entries(clients).find(([id]) => id.endsWith(`/${STACK}/${service}`));
    return found?.[1].addresses?.length ?? 0;
  }

  /** "live", "stale" …: what the namer says of its source. */
  async namerState(): Promise<string> {
    const state = await this.#json(this.at.admin, "/namer_state/io.l5d.rancher.json");
    return (state as { readonly watch?: { readonly state?: string } }).watch?.state ?? "unknown";
  }

  async client(): Promise<ClientTotals> {
    return (await this.#json(this.at.client, "/")) as ClientTotals;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#close();
  }

  async #control(path: string): Promise<void> {
    const { status, body } = await ask(this.at.control, { method: "POST", path });
    if (status !== 200) throw new Error(`the control API answered ${path} with ${status}: ${body}`);
  }

  async #json(server: URL, path: string): Promise<unknown> {
    const { status, body } = await ask(server, { path });
    if (status !== 200) throw new Error(`${server.host} answered ${path} with ${status}: ${body}`);
    return JSON.parse(body);
  }
}
