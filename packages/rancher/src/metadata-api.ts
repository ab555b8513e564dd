import { isIPv6 } from "node:net";
import { NamerError, type PluginEnv, type WatchContext } from "@namerkit/core";
import { Http, longPoll, oneLine } from "@namerkit/watch";
import { type Catalogue, readContainers } from "./catalogue.js";
import type { RancherOptions } from "./config.js";

/** The server looks at its clock every 5 s only, so that an answer may be that much late; the rest is for the network. */
const POLL_MARGIN_MS = 15_000;
/** For answers that the server gives at once. */
const ANSWER_MS = 10_000;
/** What the server makes of anything longer. */
const LONGEST_WAIT_SECONDS = 120;

/** One metadata API, watched: a long poll on its version, and the containers once for each version. */
export class MetadataApi {
  readonly #env: Pick<PluginEnv, "clock" | "dispatcher">;
  readonly #options: RancherOptions;
  readonly #base: string;

  constructor(env: Pick<PluginEnv, "clock" | "dispatcher">, options: RancherOptions) {
    const { host, port, apiVersion } = options;
    this.#env = env;
    this.#options = options;
    this.#base = `http://${isIPv6(host) ? `[${host}]` : host}:${port}/${apiVersion}`;
  }

  /** Fails, by throwing, whenever one of the two cannot be had; whoever supervises calls it again. */
  async *watch(context: WatchContext): AsyncGenerator<Catalogue, never, undefined> {
    const { signal } = context;
    using http = new Http(this.#env, { connections: 2 });
    const close = (): void => http.close();
    signal.addEventListener("abort", close, { once: true });
    context.request(`GET ${this.#versionUrl(undefined)}`);
    const versions = longPoll<string>(context, {
      ask: (known, deadlineMs) => this.#version(http, signal, known, deadlineMs),
      same: (known, next) => known === next,
      waitMs: Math.min(this.#options.maxWait, LONGEST_WAIT_SECONDS) * 1000,
      marginMs: POLL_MARGIN_MS,
      firstDeadlineMs: ANSWER_MS,
    });
    // The version is read before the data: what changes in between is seen with the next version, at once.
    for await (const version of versions) {
      context.request(`GET ${this.#versionUrl(version)}`);
      const catalogue = await this.#containers(http, signal);
      if (catalogue.skipped > 0) context.count("skipped", catalogue.skipped);
      yield catalogue;
    }
    throw new NamerError("NAMER_UNAVAILABLE", "the long poll has ended");
  }

  async #version(http: Http, signal: AbortSignal, known: string | undefined, deadlineMs: number): Promise<string> {
    const url = this.#versionUrl(known);
    // As text: in JSON the version comes in quotes, and a value with quotes never equals.
    const answer = await http.request(url, { signal, deadlineMs, headers: { accept: "text/plain" }, maxBytes: 4_096 });
    const version = answer.text().trim();
    if (!/^[\w.-]{1,100}$/.test(version)) {
      throw new NamerError(
        "NAMER_ANSWER",
        `${answer.request} answered something that is no version: ${oneLine(version, 80)}`,
      );
    }
    return version;
  }

  async #containers(http: Http, signal: AbortSignal): Promise<Catalogue> {
    const answer = await http.request(`${this.#base}/containers`, { signal, deadlineMs: ANSWER_MS });
    return readContainers(answer.json(), this.#options);
  }

  #versionUrl(known: string | undefined): string {
    if (known === undefined) return `${this.#base}/version`;
    return `${this.#base}/version?wait=true&value=${encodeURIComponent(known)}&maxWait=${this.#options.maxWait}`;
  }
}
