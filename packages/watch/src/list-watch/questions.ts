import type { HttpAnswer } from "../answer.js";
import type { Http } from "../http.js";
import { HttpFailure } from "../http-failure.js";
import type { HttpStream } from "../stream/http-stream.js";
import { isObject } from "./objects.js";

/** Who we are, for the API. */
export interface Credentials {
  /** Such as `{ authorization: "Bearer …" }`. */
  headers(): Promise<Readonly<Record<string, string>>> | Readonly<Record<string, string>>;
  /** They were refused with 401: true if there are others now, with which it is worth asking again at once. */
  refused?(): Promise<boolean>;
}

export type Query = Readonly<Record<string, string | undefined>>;

export interface Asking {
  readonly signal: AbortSignal;
  /** Told what is asked, each time. */
  request(text: string): void;
}

/** Asks one collection of the API, with its selectors and credentials. */
export class Questions {
  readonly #http: Pick<Http, "request" | "stream">;
  readonly #url: string;
  readonly #common: Query;
  readonly #credentials: Credentials | undefined;

  constructor(
    http: Pick<Http, "request" | "stream">,
    url: string,
    common: Query,
    credentials: Credentials | undefined,
  ) {
    this.#http = http;
    this.#url = url;
    this.#common = common;
    this.#credentials = credentials;
  }

  /** Reads a whole answer. */
  ask(query: Query, asking: Asking, limits: { deadlineMs: number; maxBytes: number }): Promise<HttpAnswer> {
    const { signal } = asking;
    return this.#asked(query, asking, (url, headers) => this.#http.request(url, { signal, headers, words, ...limits }));
  }

  /** Opens a watch. */
  watch(query: Query, asking: Asking, limits: { deadlineMs: number; idleMs: number }): Promise<HttpStream> {
    const { signal } = asking;
    return this.#asked({ ...query, watch: "1" }, asking, (url, headers) => {
      return this.#http.stream(url, { signal, headers, words, ...limits });
    });
  }

  async #asked<A>(
    query: Query,
    asking: Asking,
    send: (url: string, headers: Readonly<Record<string, string>>) => Promise<A>,
  ): Promise<A> {
    const url = `${this.#url}${queryText({ ...this.#common, ...query })}`;
    for (let first = true; ; first = false) {
      const headers = (await this.#credentials?.headers()) ?? {};
      asking.request(`GET ${url}`);
      try {
        return await send(url, headers);
      } catch (thrown) {
        const again = first && isStatus(thrown, 401) && !asking.signal.aborted;
        if (!again || (await this.#credentials?.refused?.()) !== true) throw thrown;
      }
    }
  }
}

export function isStatus(thrown: unknown, ...statuses: readonly number[]): boolean {
  return thrown instanceof HttpFailure && thrown.status !== undefined && statuses.includes(thrown.status);
}

/** The message of a Status, which is what errors of the API are; else all of it. */
function words(body: string): string {
  try {
    const status: unknown = JSON.parse(body);
    return isObject(status) && typeof status["message"] === "string" ? status["message"] : body;
  } catch {
    // Not JSON, or cut off: as it is.
    return body;
  }
}

function queryText(query: Query): string {
  const pairs = Object.entries(query).filter(([, value]) => value !== undefined && value !== "");
  const text = pairs.map(([name, value]) => `${name}=${encodeURIComponent(value as string)}`).join("&");
  return text === "" ? "" : `?${text}`;
}
