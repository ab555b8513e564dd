import { isIPv6 } from "node:net";
import { NamerError, type PluginEnv, type WatchContext } from "@namerkit/core";
import { Http, longPoll } from "@namerkit/watch";
import { Catalogue } from "../catalogue/catalogue.js";
import { InstanceBook } from "../catalogue/containers.js";
import type { RancherConfig } from "../config.js";
import { ANSWER_MS, Asking } from "./asking.js";
import { ListReader, type Lists } from "./lists.js";

/** The server looks at its clock every 5 s only, so that an answer may be that much late; the rest is for the network. */
const POLL_MARGIN_MS = 15_000;
/** What the server makes of anything longer. */
const LONGEST_WAIT_SECONDS = 120;
/** How often the lists are read because the version has moved meanwhile, before the last reading is taken all the same. */
const MAX_READINGS = 3;

type Env = Pick<PluginEnv, "clock" | "dispatcher" | "log">;

/** One metadata API, watched: a long poll on its version, and the lists once for each version. */
export class MetadataApi {
  readonly #env: Env;
  readonly #config: RancherConfig;
  readonly #host: string;
  readonly #maxWait: number;
  readonly #reader: ListReader;
  readonly #book = new InstanceBook();
  #last: { readonly lists: Lists; readonly catalogue: Catalogue } | undefined;

  constructor(env: Env, config: RancherConfig) {
    const { host, port, maxWait } = config;
    this.#env = env;
    this.#config = config;
    this.#host = `http://${isIPv6(host) ? `[${host}]` : host}:${port}`;
    this.#maxWait = Math.min(maxWait, LONGEST_WAIT_SECONDS);
    this.#reader = new ListReader(config);
  }

  /** Fails, by throwing, whenever what is needed cannot be had; whoever supervises calls it again. */
  async *watch(context: WatchContext): AsyncGenerator<Catalogue, never, undefined> {
    const { signal } = context;
    using http = new Http(this.#env, { connections: 2 });
    signal.addEventListener("abort", () => http.close(), { once: true });
    const asking = new Asking(http, context, this.#host, this.#config.apiVersion);
    // The version that the lists were read under: a later one than the poll has told, if it moved while they were read.
    let read: string | undefined;
    const versions = longPoll<string>(context, {
      ask: (_, deadlineMs) => asking.version(read, this.#maxWait, deadlineMs),
      same: (_, next) => next === read,
      waitMs: this.#maxWait * 1000,
      marginMs: POLL_MARGIN_MS,
      firstDeadlineMs: ANSWER_MS,
    });
    for await (const version of versions) {
      context.count("metadata_versions");
      read = version;
      for (let readings = 1; ; readings++) {
        const lists = await this.#reader.read(asking, signal);
        // Several lists are of one version only if it was the same before the first and after the last.
        const now: string = asking.onlyContainers ? read : await asking.version(undefined, 0, ANSWER_MS);
        if (now === read || readings === MAX_READINGS) {
          asking.settle();
          yield this.#catalogue(lists, context);
          break;
        }
        context.count("readings_repeated");
        read = now;
        await context.pace();
      }
    }
    throw new NamerError("NAMER_UNAVAILABLE", "the long poll has ended");
  }

  #catalogue(lists: Lists, context: WatchContext): Catalogue {
    const last = this.#last;
    const known = last !== undefined && sameLists(last.lists, lists) ? last.catalogue : undefined;
    const catalogue = known ?? new Catalogue(lists, this.#config, this.#book, last?.catalogue);
    if (catalogue.skipped > 0) context.count("skipped", catalogue.skipped);
    if (lists.services === undefined && last === undefined) {
      this.#env.log.warn({}, "the metadata API lists no services: there are those that containers name, and no others");
    }
    this.#last = { lists, catalogue };
    return catalogue;
  }
}

function sameLists(a: Lists, b: Lists): boolean {
  return a.containers === b.containers && a.services === b.services && a.hosts === b.hosts && a.ownStack === b.ownStack;
}
