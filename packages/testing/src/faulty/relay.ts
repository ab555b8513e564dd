import { type ClientRequest, type IncomingMessage, request as send } from "node:http";
import type { Answer } from "./answers.js";
import type { Behaviour, Exchange } from "./behaviour.js";

/** Headers that are of one connection only (RFC 9110, 7.6.1). */
const HOP_BY_HOP = /^(connection|keep-alive|proxy-connection|te|trailer|transfer-encoding|upgrade)$/i;
/** Larger answers are not remembered for `instant`. */
const REMEMBERED_BYTES = 4 * 1024 * 1024;
const REMEMBERED_PATHS = 1_000;

interface UnderWay {
  readonly upstream: ClientRequest;
  silenced: boolean;
}

/**
 * Passes requests on to another server and its answers back, as they come: held polls, streams and bodies in both directions. What one
 * side breaks off is broken off at the other. HTTP/1.1 without TLS.
 */
export class Relay implements Behaviour {
  readonly name = "relay";
  readonly #url: URL;
  readonly #underWay = new Set<UnderWay>();
  #passed = 0;
  readonly #remembered = new Map<string, Answer>();

  /** Use `relay`. */
  constructor(url: string) {
    this.#url = new URL(url);
  }

  /** How many requests are waiting for their answer or for the rest of it. */
  get underWay(): number {
    return this.#underWay.size;
  }

  /** Grows with each head, piece and end of an answer that has come. */
  get passed(): number {
    return this.#passed;
  }

  /**
   * From now on nothing more passes of what is under way, and clients are not told: as if the cable had been pulled. Later requests pass
   * unless the server behaves otherwise.
   */
  silence(): void {
    for (const one of [...this.#underWay]) {
      one.silenced = true;
      this.#underWay.delete(one);
      one.upstream.destroy();
    }
  }

  /**
   * Answers at once with what was last answered on the same path, whatever the query, as a server does that ignores being asked to
   * wait. Relays what it has no answer for.
   */
  readonly instant: Behaviour = {
    name: "instant",
    request: (exchange) => {
      const known = this.lastAnswer(exchange.request.url);
      if (known === undefined) return this.request(exchange);
      exchange.response.writeHead(known.status, known.headers);
      exchange.response.end(known.body);
    },
  };

  /** What was last answered on the path of this target, whatever the query. */
  lastAnswer(target: string): Answer | undefined {
    return this.#remembered.get(pathOf(target));
  }

  request({ incoming, response, socket }: Exchange): void {
    const upstream = send({
      host: this.#url.hostname,
      port: this.#url.port,
      method: incoming.method,
      path: incoming.url,
      headers: endToEnd(incoming.rawHeaders) as never,
      agent: false,
      setHost: false,
    });
    const one: UnderWay = { upstream, silenced: false };
    this.#underWay.add(one);
    const broken = (): void => {
      this.#underWay.delete(one);
      if (!one.silenced && !response.writableFinished) socket.resetAndDestroy();
    };
    upstream.on("error", broken);
    upstream.on("response", (answer) => {
      this.#passed++;
      response.sendDate = false;
      response.writeHead(answer.statusCode ?? 502, answer.statusMessage, endToEnd(answer.rawHeaders));
      response.flushHeaders();
      this.#remember(pathOf(incoming.url ?? ""), answer);
      answer.on("error", broken);
      answer.on("data", (chunk: Buffer) => {
        this.#passed++;
        // Held back as long as the client does not read.
        if (!one.silenced && !response.write(chunk)) answer.pause();
      });
      response.on("drain", () => answer.resume());
      answer.on("end", () => {
        this.#passed++;
        this.#underWay.delete(one);
        if (!one.silenced) response.end();
      });
    });
    response.on("close", () => {
      this.#underWay.delete(one);
      upstream.destroy();
    });
    if (incoming.readableEnded) upstream.end();
    else incoming.pipe(upstream);
  }

  #remember(path: string, answer: IncomingMessage): void {
    const chunks: Buffer[] = [];
    let size = 0;
    answer.on("data", (chunk: Buffer) => {
      size += chunk.length;
      if (size <= REMEMBERED_BYTES) chunks.push(chunk);
    });
    answer.on("end", () => {
      if (size > REMEMBERED_BYTES || (this.#remembered.size >= REMEMBERED_PATHS && !this.#remembered.has(path))) return;
      this.#remembered.set(path, {
        status: answer.statusCode ?? 200,
        headers: paired(endToEnd(answer.rawHeaders)),
        body: Buffer.concat(chunks),
      });
    });
  }
}

/** Passes everything on to `url` (http://127.0.0.1:8500), from which only host and port are taken. */
export function relay(url: string): Relay {
  return new Relay(url);
}

function pathOf(target: string): string {
  return target.replace(/\?.*$/s, "");
}

/** A raw list of headers, without those that end at each hop. */
function endToEnd(raw: readonly string[]): string[] {
  const kept: string[] = [];
  for (let i = 0; i + 1 < raw.length; i += 2) {
    if (!HOP_BY_HOP.test(raw[i] as string)) kept.push(raw[i] as string, raw[i + 1] as string);
  }
  return kept;
}

/** The same as names and values, a list of values where a name comes more than once. */
function paired(raw: readonly string[]): Record<string, string | string[]> {
  const headers: Record<string, string | string[]> = {};
  for (let i = 0; i + 1 < raw.length; i += 2) {
    const name = (raw[i] as string).toLowerCase();
    const known = headers[name];
    headers[name] = known === undefined ? (raw[i + 1] as string) : [known, raw[i + 1] as string].flat();
  }
  return headers;
}
