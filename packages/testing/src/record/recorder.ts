import { closeSync, openSync, writeSync } from "node:fs";
import { type ClientRequest, request as sendPlain } from "node:http";
import { request as sendSecure } from "node:https";
import type { SecureContextOptions } from "node:tls";
import { type Clock, NamerError, systemClock } from "@namerkit/core";
import type { Exchange } from "../faulty/behaviour.js";
import { type FaultyServer, faultyServer } from "../faulty/server.js";
import { endToEnd, valuesOf, without } from "./headers.js";
import { firstLine, lineOf } from "./ndjson.js";
import type { Ending, HeaderPair } from "./recording.js";
import { Secrets } from "./secrets.js";
import { Take } from "./take.js";

const MAX_BYTES = 64 * 1024 * 1024;
const KEPT = ["accept", "content-type", "authorization", "x-consul-token"];

export interface RecorderOptions {
  /** The catalogue: http://10.0.0.1:8500 or https://…; a user and password in it are sent where a request brings no credentials. */
  readonly upstream: string | URL;
  /** A file, which is written anew, or a function that is given each line without its newline. */
  readonly to: string | URL | ((line: string) => void);
  /** What else must not be in the recording: tokens, passwords, names of customers. */
  readonly secrets?: readonly string[];
  /** Which headers of requests are kept; accept, content-type and (as asterisks) authorization and x-consul-token by default. */
  readonly requestHeaders?: readonly string[];
  /** A larger answer goes through but is not recorded; 64 MiB by default. */
  readonly maxBytes?: number;
  /** For https: certificates to trust, and to show. What the upstream shows is always verified. */
  readonly tls?: Pick<SecureContextOptions, "ca" | "cert" | "key" | "passphrase"> & { readonly servername?: string };
  /** Times what comes; the real clock by default. */
  readonly clock?: Clock;
}

/** A server on the loopback that passes everything on to a catalogue and writes down what comes back. */
export class Recorder implements AsyncDisposable {
  readonly #options: RecorderOptions;
  readonly #upstream: URL;
  readonly #clock: Clock;
  readonly #secrets: Secrets;
  readonly #underWay = new Map<Take, ClientRequest>();
  readonly #beganAt: number;
  readonly #write: (line: string) => void;
  readonly #closeFile: () => void;
  #server: FaultyServer | undefined;
  #failed: unknown;
  #closed = false;

  private constructor(options: RecorderOptions) {
    this.#options = options;
    this.#upstream = upstreamOf(options.upstream);
    this.#clock = options.clock ?? systemClock;
    this.#secrets = new Secrets([...(options.secrets ?? []), decodeURIComponent(this.#upstream.password)]);
    this.#beganAt = this.#clock.now();
    const { to } = options;
    if (typeof to === "function") {
      this.#write = to;
      this.#closeFile = () => {};
    } else {
      const file = openSync(to, "w");
      this.#write = (line) => void writeSync(file, `${line}\n`);
      this.#closeFile = () => closeSync(file);
    }
  }

  /** As `startRecorder`. */
  static async start(options: RecorderOptions): Promise<Recorder> {
    const recorder = new Recorder(options);
    try {
      recorder.#write(firstLine());
      recorder.#server = await faultyServer({ name: "record", request: (exchange) => recorder.#pass(exchange) });
    } catch (thrown) {
      recorder.#closeFile();
      throw thrown;
    }
    return recorder;
  }

  get port(): number {
    return this.#server?.port ?? 0;
  }
  /** Where to ask instead of the catalogue: http://127.0.0.1:49152 */
  get url(): string {
    return this.#server?.url ?? "";
  }

  /** Stops. What is under way is recorded as such, and broken off. Rejects if something could not be written. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    for (const [take, call] of [...this.#underWay]) {
      this.#end(take, "open");
      call.destroy();
    }
    try {
      await this.#server?.close();
    } finally {
      this.#closeFile();
    }
    if (this.#failed !== undefined) throw this.#failed;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #pass({ request, incoming, response, socket }: Exchange): void {
    const headers = endToEnd(incoming.rawHeaders);
    const sent = this.#toSend(headers);
    this.#secrets.learn(request.url, sent);
    const take = new Take({
      clock: this.#clock,
      secrets: this.#secrets,
      number: request.number,
      beganAt: this.#beganAt,
      method: request.method,
      path: request.url,
      headers,
      kept: (this.#options.requestHeaders ?? KEPT).map((name) => name.toLowerCase()),
      maxBytes: this.#options.maxBytes ?? MAX_BYTES,
      done: (exchange) => this.#write(lineOf(exchange)),
    });
    const call = this.#send(request.method, request.url, sent);
    this.#underWay.set(take, call);
    const broken = (cause: Error): void => {
      if (this.#end(take, "reset", cause)) socket.resetAndDestroy();
    };
    call.on("error", broken);
    call.on("response", (answer) => {
      const status = answer.statusCode ?? 502;
      take.head(status, answer.rawHeaders);
      response.sendDate = false;
      response.writeHead(status, endToEnd(answer.rawHeaders).flat());
      response.flushHeaders();
      answer.on("error", broken);
      answer.on("data", (chunk: Buffer) => {
        take.chunk(chunk);
        // Held back as long as the client does not read.
        if (!response.write(chunk)) answer.pause();
      });
      response.on("drain", () => answer.resume());
      answer.on("end", () => {
        this.#end(take, "clean");
        response.end();
      });
    });
    response.on("close", () => {
      this.#end(take, "aborted");
      call.destroy();
    });
    if (incoming.readableEnded) call.end();
    else incoming.pipe(call);
  }

  #toSend(given: readonly HeaderPair[]): readonly HeaderPair[] {
    const { host, username, password } = this.#upstream;
    const headers: HeaderPair[] = [
      ["host", host],
      // Only what is readable can be searched for secrets.
      ["accept-encoding", "identity"],
      ...without(given, "host", "accept-encoding"),
    ];
    if (username !== "" && valuesOf(given, "authorization").length === 0) {
      const credentials = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
      headers.push(["authorization", `Basic ${Buffer.from(credentials).toString("base64")}`]);
    }
    return headers;
  }

  #send(method: string, path: string, sent: readonly HeaderPair[]): ClientRequest {
    const { protocol, hostname, port } = this.#upstream;
    const host = hostname.replace(/^\[|\]$/g, "");
    // Flat lists are taken too, and keep what comes more than once; the types do not know it.
    const headers = sent.flat() as never;
    const options = { host, port, method, path, headers, agent: false, setHost: false } as const;
    return protocol === "https:" ? sendSecure({ ...options, ...this.#options.tls }) : sendPlain(options);
  }

  /** False if it was over before. */
  #end(take: Take, how: Ending, cause?: Error): boolean {
    if (!this.#underWay.delete(take)) return false;
    try {
      take.end(how, cause);
    } catch (thrown) {
      this.#failed ??= thrown;
    }
    return true;
  }
}

/**
 * Starts recording: `url` is then to be asked in place of the catalogue. What is known to be secret does not get into the recording, but
 * what a catalogue says of its own customers does: look at it before you give it away. Answers are asked for without compression.
 *
 * @throws NamerError (by rejecting) TESTING_UPSTREAM if that is no http or https URL; Node's error if the file cannot be written
 */
export function startRecorder(options: RecorderOptions): Promise<Recorder> {
  return Recorder.start(options);
}

function upstreamOf(url: string | URL): URL {
  let parsed: URL | undefined;
  try {
    parsed = new URL(url);
  } catch {
    // Not quoted: it may hold a password.
  }
  if (parsed?.protocol === "http:" || parsed?.protocol === "https:") return parsed;
  throw new NamerError("TESTING_UPSTREAM", "upstream: expected a URL such as http://10.0.0.1:8500");
}
