import type { Socket } from "node:net";
import { connect, type TLSSocket } from "node:tls";
import type { ClientTlsPlan } from "@namerkit/config";
import { type Closable, closable, messageOf, NamerError } from "@namerkit/core";
import { type TlsEnv, TlsMaterial, type TlsSettings, tlsReason } from "@namerkit/watch";
import { type Connector, type ConnectTarget, hostPort } from "../upstream/connect.js";

/** Sessions that are kept to be taken up again, of one client: as many endpoints as that has, in good order. */
const maxSessions = 1_000;

/**
 * TLS over the sockets of another connector, verified by the common name of the plan. Certificates and keys are read from their files when
 * the first connection needs them, and again when they change. The time for connecting holds for both together.
 *
 * @throws NamerError WATCH_TLS_OPTIONS for protocols that there are not
 */
export function tlsConnector(tcp: Connector, plan: ClientTlsPlan, env: TlsEnv): Connector {
  const { commonName, disableValidation, trustFiles, clientAuth, protocols } = plan;
  const trusted = trustFiles.length > 0 && { trustCerts: trustFiles };
  const material = new TlsMaterial({ commonName, disableValidation, ...trusted, clientAuth, protocols }, env);
  const sessions = new Map<string, Buffer>();
  return (target, done) => {
    const attempt = new Attempt(target, commonName, done);
    attempt.start(tcp, material, sessions);
    return closable(() => attempt.close());
  };
}

/** One connection in the making: a TCP connection, the files, and the handshake. */
class Attempt {
  readonly #target: ConnectTarget;
  readonly #name: string | undefined;
  readonly #done: Parameters<Connector>[1];
  readonly #began: number;
  #pending: Closable | undefined;
  #socket: Socket | undefined;
  #over = false;

  constructor(target: ConnectTarget, name: string | undefined, done: Parameters<Connector>[1]) {
    this.#target = target;
    this.#name = name;
    this.#done = done;
    this.#began = target.clock.now();
  }

  start(tcp: Connector, material: TlsMaterial, sessions: Map<string, Buffer>): void {
    this.#pending = tcp(this.#target, (error, socket) => {
      if (socket === undefined) this.#end(error, undefined);
      else if (this.#over) socket.destroy();
      else this.#secure(socket, material, sessions);
    });
  }

  close(): void {
    if (this.#over) return;
    this.#over = true;
    this.#pending?.close();
    this.#socket?.destroy();
  }

  #secure(socket: Socket, material: TlsMaterial, sessions: Map<string, Buffer>): void {
    const { clock, timeoutMs } = this.#target;
    this.#socket = socket;
    socket.on("error", ignore);
    const left = Math.max(1, this.#began + timeoutMs - clock.now());
    this.#pending = clock.after(left, () =>
      this.#fail(`no TLS handshake within ${timeoutMs} ms`, undefined, "PROXY_CONNECT_TIMEOUT"),
    );
    material.current().then(
      (settings) => {
        if (!this.#over) this.#shake(socket, settings, sessions);
      },
      (thrown: unknown) => this.#fail(messageOf(thrown), thrown),
    );
  }

  #shake(socket: Socket, { servername, ...settings }: TlsSettings, sessions: Map<string, Buffer>): void {
    const key = hostPort(this.#target.ip, this.#target.port);
    const session = sessions.get(key);
    const tls: TLSSocket = connect({
      ...settings,
      socket,
      ...(servername === undefined ? {} : { servername }),
      ...(session === undefined ? {} : { session }),
      // The proxy speaks nothing else towards endpoints.
      ALPNProtocols: ["http/1.1"],
    });
    this.#socket = tls;
    const closed = () => this.#fail("closed in the TLS handshake");
    tls.on("error", (error) => {
      // A session that the endpoint does not want any more must not stand in the way of the next attempt.
      sessions.delete(key);
      this.#fail(tlsReason(error) ?? error.message, error);
    });
    tls.once("close", closed);
    tls.on("session", (ticket) => {
      if (sessions.size < maxSessions || sessions.has(key)) sessions.set(key, ticket);
    });
    tls.once("secureConnect", () => {
      tls.off("close", closed);
      this.#end(undefined, tls);
    });
  }

  #fail(why: string, cause?: unknown, code = "PROXY_CONNECT_FAILED"): void {
    const { ip, port } = this.#target;
    const whom = this.#name === undefined ? "" : ` as ${this.#name}`;
    const text = `cannot connect to ${hostPort(ip, port)}${whom}: ${why}`;
    this.#end(new NamerError(code, text, cause === undefined ? {} : { cause }), undefined);
  }

  #end(error: NamerError | undefined, socket: Socket | undefined): void {
    if (this.#over) return;
    this.#over = true;
    this.#pending?.close();
    if (socket === undefined) this.#socket?.destroy();
    this.#done(error, socket);
  }
}

function ignore(): void {}
