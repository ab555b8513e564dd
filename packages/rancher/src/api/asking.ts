import { NamerError, type WatchContext } from "@namerkit/core";
import { type Http, type HttpAnswer, oneLine, safeUrl } from "@namerkit/watch";
import { unquoted, versionIn } from "./version.js";

/** For answers that the server gives at once. */
export const ANSWER_MS = 10_000;
/** Some 200,000 containers. */
const MAX_BYTES = 256 * 1024 * 1024;
const MAX_SHORT_BYTES = 4_096;
/** The version whose services do not repeat each of their containers: a tenth of the bytes, for the same that is read. */
const LEAN_VERSION = "2015-07-25";

type List = "services" | "hosts";
const LISTS = 2;

/** The requests of one watch, over its own connections. */
export class Asking {
  readonly #http: Http;
  readonly #context: Pick<WatchContext, "signal" | "request">;
  readonly #host: string;
  readonly #apiVersion: string;
  /** Of the API, where its services have been found. */
  #servicesVersion: string | undefined;
  /** The lists that were 404 in this reading. They may have been so for a moment, while the server had no data. */
  readonly #missing = new Set<List>();
  /** The lists that the server does not have. It is not asked again over these connections: it was made without them. */
  #absent: ReadonlySet<List> = new Set();
  #ownStack: string | undefined;

  /** `host` is a URL without a path. */
  constructor(http: Http, context: Pick<WatchContext, "signal" | "request">, host: string, apiVersion: string) {
    this.#http = http;
    this.#context = context;
    this.#host = host;
    this.#apiVersion = apiVersion;
  }

  /** At once if nothing is known; otherwise when it is another than `known`, or after `maxWait` seconds. */
  async version(known: string | undefined, maxWait: number, deadlineMs: number): Promise<string> {
    const query = known === undefined ? "" : `?wait=true&value=${encodeURIComponent(known)}&maxWait=${maxWait}`;
    const answer = await this.#found(`${this.#apiVersion}/version${query}`, "text/plain", MAX_SHORT_BYTES, deadlineMs);
    return versionIn(answer.text(), answer.request);
  }

  containers(): Promise<HttpAnswer> {
    return this.#found(`${this.#apiVersion}/containers`, "application/json", MAX_BYTES);
  }

  /** Undefined where the server has no such list, as those have none that were written for Linkerd alone. */
  async services(): Promise<HttpAnswer | undefined> {
    if (this.#absent.has("services")) return undefined;
    const versions = this.#servicesVersion === undefined ? [LEAN_VERSION, this.#apiVersion] : [this.#servicesVersion];
    for (const version of new Set(versions)) {
      const answer = await this.#list("services", version);
      if (answer === undefined) continue;
      this.#servicesVersion = version;
      return answer;
    }
    return undefined;
  }

  /** Undefined where the server has no such list. */
  async hosts(): Promise<HttpAnswer | undefined> {
    return this.#absent.has("hosts") ? undefined : this.#list("hosts", this.#apiVersion);
  }

  /** Whether a reading is one list, and so of one version whatever happens. */
  get onlyContainers(): boolean {
    return this.#absent.size === LISTS;
  }

  /** Says that the server had its data all through the reading, so that what was missing is not there at all. */
  settle(): void {
    this.#absent = new Set([...this.#absent, ...this.#missing]);
  }

  /**
   * The stack of the container that asks, in lower case; undefined for who is none (yet). Asked until it is known, and again when
   * `exists` says that there is none of the name any more: a stack may be given another.
   */
  async ownStack(exists: (stack: string) => boolean): Promise<string | undefined> {
    if (this.#missing.has("services") || (this.#ownStack !== undefined && exists(this.#ownStack)))
      return this.#ownStack;
    const answer = await this.#maybe(`${this.#apiVersion}/self/stack/name`, "text/plain", MAX_SHORT_BYTES);
    const name = answer && unquoted(answer.text()).toLowerCase();
    if (name !== undefined && name !== "" && !name.includes("/")) this.#ownStack = name;
    return this.#ownStack;
  }

  async #list(list: List, version: string): Promise<HttpAnswer | undefined> {
    const answer = await this.#maybe(`${version}/${list}`, "application/json", MAX_BYTES);
    if (answer === undefined) this.#missing.add(list);
    else this.#missing.delete(list);
    return answer;
  }

  /**
   * 404 is what the server says of everything while it has no data, as after its start: it is not there yet, rather than having
   * definitely answered. Never is it an empty list.
   */
  async #found(path: string, accept: string, maxBytes: number, deadlineMs?: number): Promise<HttpAnswer> {
    const answer = await this.#ask(path, accept, maxBytes, deadlineMs);
    if (answer.status !== 404) return answer;
    const said = oneLine(answer.text(), 200);
    throw new NamerError("NAMER_UNAVAILABLE", `${answer.request}: status 404${said && `: ${said}`}`);
  }

  async #maybe(path: string, accept: string, maxBytes: number): Promise<HttpAnswer | undefined> {
    const answer = await this.#ask(path, accept, maxBytes);
    return answer.status === 404 ? undefined : answer;
  }

  #ask(path: string, accept: string, maxBytes: number, deadlineMs = ANSWER_MS): Promise<HttpAnswer> {
    const { signal, request } = this.#context;
    const url = `${this.#host}/${path}`;
    request(`GET ${safeUrl(url)}`);
    return this.#http.request(url, { signal, deadlineMs, maxBytes, headers: { accept }, expect: [404] });
  }
}
