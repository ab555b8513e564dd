import { Socket } from "node:net";
import { type Clock, type Closable, NamerError, toNamerError } from "@namerkit/core";
import { buildConnector } from "undici";
import type { TlsMaterial, TlsSettings } from "./tls/material.js";
import { openTunnel, type ProxyUrl } from "./tunnel.js";

export interface ConnectOptions {
  /** How long connecting may take, TLS included, in ms. */
  readonly connectMs: number;
  /** How many sockets may be open to one origin at once, counted from connecting until they are gone. */
  readonly sockets: number;
  /** For https; what Node.js does by itself if absent. */
  readonly tls?: TlsMaterial | undefined;
  /** A unix socket in the place of host and port. */
  readonly socketPath?: string | undefined;
  /** What servers are reached through; not with a socketPath. */
  readonly proxy?: ProxyUrl | undefined;
  /** Told when a server has reset a connection before it has said anything. */
  readonly turnedAway?: (() => void) | undefined;
}

/** Codes of a connection that the other side has ended, undici's own among them. */
const AWAY = /^(ECONNRESET|EPIPE|UND_ERR_SOCKET)$/;

/** A connection that undici waits for. */
interface Attempt {
  readonly origin: string;
  readonly options: buildConnector.Options;
  socket?: Socket | undefined;
  /** Whether HTTP/2 is offered. */
  readonly http2: boolean;
  /** Tells undici, once. */
  readonly done: buildConnector.Callback;
  over: boolean;
}

/**
 * Sockets that are not connected yet. undici has no hold on them, and a request that waits for one cannot be aborted: it is found out
 * only when the connection stands, or the kernel gives up after minutes. Here they have a deadline by the clock, and can be destroyed
 * when nobody waits for them any more. And here is the one place where all sockets are made, and so can be counted: undici's Agent
 * begins a new pool when an old one has lost its last connection, and then has more open than a pool may have.
 */
export class Connecting {
  readonly #clock: Clock;
  readonly #options: ConnectOptions;
  readonly #attempts = new Set<Attempt>();
  readonly #waiting = new Map<string, number>();
  /** Open sockets of each origin, and the attempts that wait for one of them to go. */
  readonly #origins = new Map<string, { open: number; readonly queue: Attempt[] }>();
  readonly #sockets = new Set<Socket>();
  readonly #plain: buildConnector.connector;
  readonly #plain2: buildConnector.connector;
  /** Of these settings, with the TLS sessions that were made under them. */
  #secure:
    | {
        readonly settings: TlsSettings;
        readonly http1: buildConnector.connector;
        readonly http2: buildConnector.connector;
      }
    | undefined;

  constructor(clock: Clock, options: ConnectOptions) {
    this.#clock = clock;
    this.#options = options;
    const common = { timeout: 0, socketPath: options.socketPath ?? null };
    this.#plain = buildConnector(common);
    this.#plain2 = buildConnector({ ...common, allowH2: true });
  }

  /** For undici's Agent. */
  readonly connector: buildConnector.connector = (options, callback) => {
    // undici has a request that was aborted on its way in its queue still, and connects anew for it.
    if (this.#waiting.has(originOf(options))) this.#begin(options, callback, false);
    else queueMicrotask(() => callback(nobodyWaits(), null));
  };

  /** Those that stand. */
  get sockets(): readonly Socket[] {
    return [...this.#sockets].filter((socket) => !socket.connecting && !socket.destroyed);
  }

  /** A TLS connection to `origin` (https://host:port) over which HTTP/2 is offered; what was agreed on is its `alpnProtocol`. */
  offer(origin: string): Promise<Socket & { readonly alpnProtocol?: string | false | null }> {
    const { protocol, host, hostname, port } = new URL(origin);
    const options = { protocol, host, hostname: hostname.replace(/^\[|\]$/g, ""), port };
    return new Promise((resolve, reject) => {
      this.#begin(options, (error, socket) => (error === null ? resolve(socket) : reject(error)), true);
    });
  }

  #begin(options: buildConnector.Options, callback: buildConnector.Callback, http2: boolean): void {
    let timer: Closable | undefined;
    const attempt: Attempt = {
      origin: originOf(options),
      options,
      http2,
      over: false,
      done: (...result) => {
        if (attempt.over) return;
        attempt.over = true;
        timer?.close();
        this.#attempts.delete(attempt);
        callback(...result);
      },
    };
    this.#attempts.add(attempt);
    const { connectMs } = this.#options;
    timer = this.#clock.after(connectMs, () => {
      const where = this.#options.socketPath ?? `${options.hostname}:${options.port}`;
      end(attempt, new NamerError("NAMER_UNAVAILABLE", `no connection to ${where} within ${connectMs} ms`));
    });
    const at = this.#at(attempt.origin);
    if (at.open < this.#options.sockets) this.#start(attempt);
    else at.queue.push(attempt);
  }

  /** Somebody waits for a connection to `origin` until the returned function is called. */
  wait(origin: string): () => void {
    this.#waiting.set(origin, (this.#waiting.get(origin) ?? 0) + 1);
    let waits = true;
    return () => {
      if (!waits) return;
      waits = false;
      const left = (this.#waiting.get(origin) ?? 1) - 1;
      if (left > 0) this.#waiting.set(origin, left);
      else {
        this.#waiting.delete(origin);
        this.#drop((each) => each === origin);
      }
    };
  }

  close(): void {
    this.#drop(() => true);
  }

  #start(attempt: Attempt): void {
    const { proxy } = this.#options;
    this.#at(attempt.origin).open++;
    if (proxy === undefined) this.#connectTo(attempt);
    else void this.#connectThrough(attempt, proxy);
  }

  #connectTo(attempt: Attempt): void {
    const { tls } = this.#options;
    if (tls === undefined || attempt.options.protocol !== "https:") {
      this.#connect(attempt, attempt.http2 ? this.#plain2 : this.#plain);
    } else void this.#connectSecurely(attempt, tls);
  }

  async #connectThrough(attempt: Attempt, proxy: ProxyUrl): Promise<void> {
    const { protocol, hostname, port } = attempt.options;
    try {
      const at = Number(port) || (protocol === "https:" ? 443 : 80);
      const tunnel = await openTunnel(proxy, hostname, at, (socket) => {
        attempt.socket = socket;
        // Given up in the same turn.
        if (attempt.over) socket.destroy();
      });
      tunnel.on("error", ignore);
      // From here on it is not what the attempt ends with.
      attempt.socket = undefined;
      if (attempt.over) {
        tunnel.destroy();
        this.#gone(attempt.origin);
      } else if (protocol === "https:") {
        attempt.options.httpSocket = tunnel;
        this.#connectTo(attempt);
      } else {
        this.#made(attempt, tunnel);
        attempt.done(null, tunnel);
      }
    } catch (thrown) {
      this.#gone(attempt.origin);
      attempt.done(toNamerError(thrown, "NAMER_UNAVAILABLE"), null);
    }
  }

  async #connectSecurely(attempt: Attempt, tls: TlsMaterial): Promise<void> {
    try {
      const settings = await tls.current();
      if (this.#secure?.settings !== settings) {
        const { servername: _, ...rest } = settings;
        // Typed too narrowly: what it does not know it hands on to tls.connect.
        const common = { ...rest, timeout: 0, socketPath: this.#options.socketPath ?? null } as object;
        const http2 = buildConnector({ ...common, allowH2: true });
        this.#secure = { settings, http1: buildConnector(common), http2 };
      }
      const connect = attempt.http2 ? this.#secure.http2 : this.#secure.http1;
      if (attempt.over) {
        attempt.options.httpSocket?.destroy();
        this.#gone(attempt.origin);
      } else this.#connect(attempt, (options, done) => connect(named(options, settings), done));
    } catch (thrown) {
      attempt.options.httpSocket?.destroy();
      this.#gone(attempt.origin);
      attempt.done(toNamerError(thrown, "NAMER_UNAVAILABLE", "TLS: "), null);
    }
  }

  /** Counted already. */
  #connect(attempt: Attempt, connect: buildConnector.connector): void {
    // Typed as void, and documented nowhere; where it should return nothing, undici's own ways have to do.
    const socket = connect(attempt.options, attempt.done) as unknown;
    if (!(socket instanceof Socket)) {
      this.#gone(attempt.origin);
      return;
    }
    this.#made(attempt, socket);
  }

  #made(attempt: Attempt, socket: Socket): void {
    attempt.socket = socket;
    this.#sockets.add(socket);
    socket.once("close", () => {
      this.#sockets.delete(socket);
      if (isTurnedAway(socket)) this.#options.turnedAway?.();
      this.#gone(attempt.origin);
    });
  }

  #gone(origin: string): void {
    const at = this.#at(origin);
    at.open--;
    for (let next = at.queue.shift(); next !== undefined; next = at.queue.shift()) {
      if (next.over) continue;
      this.#start(next);
      return;
    }
    if (at.open === 0) this.#origins.delete(origin);
  }

  #at(origin: string): { open: number; readonly queue: Attempt[] } {
    let at = this.#origins.get(origin);
    if (at === undefined) {
      at = { open: 0, queue: [] };
      this.#origins.set(origin, at);
    }
    return at;
  }

  #drop(which: (origin: string) => boolean): void {
    for (const attempt of [...this.#attempts]) {
      // Not undici's own code for sockets, on which it would connect again.
      if (which(attempt.origin)) end(attempt, nobodyWaits());
    }
  }
}

/** Whoever uses the connection hears of it. */
function ignore(): void {}

function nobodyWaits(): NamerError {
  return new NamerError("ABORTED", "nobody waits for the connection any more");
}

/** By the server, and not by us: it was closed or reset, and nothing was ever read from it. */
function isTurnedAway({ bytesRead, errored }: Socket): boolean {
  return bytesRead === 0 && errored !== null && "code" in errored && AWAY.test(String(errored.code));
}

function end(attempt: Attempt, error: NamerError): void {
  if (attempt.socket === undefined) attempt.done(error, null);
  else attempt.socket.destroy(error);
}

/** undici takes the server's name from the URL or the Host header, and prefers it to that of the settings. */
function named(options: buildConnector.Options, { servername }: TlsSettings): buildConnector.Options {
  return servername === undefined ? options : { ...options, servername };
}

function originOf({ protocol, host, hostname, port }: buildConnector.Options): string {
  return `${protocol}//${host ?? `${hostname}${port && `:${port}`}`}`;
}
