import { isIPv6 } from "node:net";
import { NamerError, type PluginEnv, type WatchContext } from "@namerkit/core";
import { Http, type HttpAnswer, longPoll, oneLine, safeUrl } from "@namerkit/watch";
import type { Catalogue } from "./catalogue.js";
import type { RancherConfig } from "./config.js";
import { ContainerList } from "./container-list.js";
import { versionIn } from "./version.js";

/** The server looks at its clock every 5 s only, so that an answer may be that much late; the rest is for the network. */
const POLL_MARGIN_MS = 15_000;
/** For answers that the server gives at once. */
const ANSWER_MS = 10_000;
/** What the server makes of anything longer. */
const LONGEST_WAIT_SECONDS = 120;
/** Some 200,000 containers. */
const MAX_BYTES = 256 * 1024 * 1024;
const MAX_VERSION_BYTES = 4_096;

type Context = Pick<WatchContext, "signal" | "request">;
type Asked = { readonly deadlineMs: number; readonly maxBytes: number; readonly accept: string };

/** One metadata API, watched: a long poll on its version, and the containers once for each version. */
export class MetadataApi {
  readonly #env: Pick<PluginEnv, "clock" | "dispatcher">;
  readonly #base: string;
  readonly #maxWait: number;
  readonly #list: ContainerList;

  constructor(env: Pick<PluginEnv, "clock" | "dispatcher">, config: RancherConfig) {
    const { host, port, apiVersion, maxWait, allowLoopback } = config;
    this.#env = env;
    this.#base = `http://${isIPv6(host) ? `[${host}]` : host}:${port}/${apiVersion}`;
    this.#maxWait = Math.min(maxWait, LONGEST_WAIT_SECONDS);
    this.#list = new ContainerList(allowLoopback);
  }

  /** Fails, by throwing, whenever version or containers cannot be had; whoever supervises calls it again. */
  async *watch(context: WatchContext): AsyncGenerator<Catalogue, never, undefined> {
    const { signal } = context;
    using http = new Http(this.#env, { connections: 2 });
    signal.addEventListener("abort", () => http.close(), { once: true });
    const versions = longPoll<string>(context, {
      ask: (known, deadlineMs) => this.#version(http, context, known, deadlineMs),
      same: (known, next) => known === next,
      waitMs: this.#maxWait * 1000,
      marginMs: POLL_MARGIN_MS,
      firstDeadlineMs: ANSWER_MS,
    });
    // The version is read before the data: what changes in between has a newer version, and the next poll is answered at once.
    for await (const _ of versions) {
      const catalogue = await this.#containers(http, context);
      if (catalogue.skipped > 0) context.count("skipped", catalogue.skipped);
      yield catalogue;
    }
    throw new NamerError("NAMER_UNAVAILABLE", "the long poll has ended");
  }

  async #version(http: Http, context: Context, known: string | undefined, deadlineMs: number): Promise<string> {
    const query = known === undefined ? "" : `?wait=true&value=${encodeURIComponent(known)}&maxWait=${this.#maxWait}`;
    const limits = { deadlineMs, maxBytes: MAX_VERSION_BYTES, accept: "text/plain" };
    const answer = await ask(http, `${this.#base}/version${query}`, context, limits);
    return versionIn(answer.text(), answer.request);
  }

  async #containers(http: Http, context: Context): Promise<Catalogue> {
    const limits = { deadlineMs: ANSWER_MS, maxBytes: MAX_BYTES, accept: "application/json" };
    return this.#list.read(await ask(http, `${this.#base}/containers`, context, limits), context.signal);
  }
}

/**
 * 404 is what the server says of everything while it has no data, as after its start: it is not there yet, rather than having
 * definitely answered. Never is it an empty list.
 */
async function ask(http: Http, url: string, { signal, request }: Context, options: Asked): Promise<HttpAnswer> {
  const { accept, ...limits } = options;
  request(`GET ${safeUrl(url)}`);
  const answer = await http.request(url, { signal, ...limits, headers: { accept }, expect: [404] });
  if (answer.status !== 404) return answer;
  const said = oneLine(answer.text(), 200);
  throw new NamerError("NAMER_UNAVAILABLE", `${answer.request}: status 404${said && `: ${said}`}`);
}
