import type { Socket } from "node:net";
import type { Closable, Metrics } from "@namerkit/core";

/** What is counted of the connections of a server, or of a client, under Linkerd's names. */
export class ConnectionStats implements Closable {
  #open = 0;
  readonly #connects;
  readonly #closes;
  readonly #durations;
  readonly #requests;
  readonly #received;
  readonly #sent;
  readonly #gauge: Closable;

  constructor(metrics: Metrics) {
    this.#connects = metrics.counter("connects");
    this.#closes = metrics.counter("closes");
    this.#durations = metrics.histogram("connection_duration");
    this.#requests = metrics.histogram("connection_requests");
    this.#received = metrics.counter("received_bytes");
    this.#sent = metrics.counter("sent_bytes");
    this.#gauge = metrics.gauge("connections", () => this.#open);
  }

  /** Connections that are open now. */
  get open(): number {
    return this.#open;
  }

  opened(): void {
    this.#open++;
    this.#connects.add();
  }

  /** `ms`: how long it was open. `requests`: how many were begun on it. */
  closed(ms: number, requests: number): void {
    this.#open--;
    this.#closes.add();
    this.#durations.record(ms);
    this.#requests.record(requests);
  }

  moved(received: number, sent: number): void {
    this.#received.add(received);
    this.#sent.add(sent);
  }

  close(): void {
    this.#gauge.close();
  }
  [Symbol.dispose](): void {
    this.close();
  }
}

/** The bytes of one socket, told bit by bit, so that a connection that stays open for days is counted, too. */
export class SocketBytes {
  readonly #socket: Socket;
  #received = 0;
  #sent = 0;

  constructor(socket: Socket) {
    this.#socket = socket;
  }

  /** Tells what has moved since the last time. */
  tell(stats: ConnectionStats): void {
    const { bytesRead, bytesWritten } = this.#socket;
    stats.moved(bytesRead - this.#received, bytesWritten - this.#sent);
    this.#received = bytesRead;
    this.#sent = bytesWritten;
  }
}
