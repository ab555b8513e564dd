import type { IncomingMessage, ServerResponse } from "node:http";
import type { Clock } from "@namerkit/core";
import type { RawHeaders } from "./attempt.js";
import type { Compressor } from "./compressor.js";
import type { HeaderNames } from "./header-names.js";
import { informationHead, type ProxiedResponseHead } from "./response-head.js";

/** How long an answered client may go on sending a request body that nobody reads. */
const lingerMs = 2_000;
/** Interim answers to one request. */
const maxInformed = 32;

/** The side of a request that faces the client: one answer, an endpoint's or our own, whole or visibly cut. */
export class Downstream {
  readonly #req: IncomingMessage;
  readonly #res: ServerResponse;
  readonly #clock: Clock;
  /** Of the answer's body, as far as it was handed over. */
  bytes = 0;
  #status = 0;
  #informed = 0;
  #left: number | undefined;
  #framed = true;
  #complete = false;
  /** Something of the answer has been written beyond its head, which node holds back until then. */
  #begun = false;
  #continued = false;
  #compressor: Compressor | undefined;
  /** The endpoint has said all, and some of it is still to be compressed. */
  #finishing = false;

  constructor(req: IncomingMessage, res: ServerResponse, clock: Clock) {
    this.#req = req;
    this.#res = res;
    this.#clock = clock;
    // What is written to a client that went away has nobody to be told.
    res.on("error", () => {});
  }

  /** Of the endpoint's answer; 0 while there is none. */
  get status(): number {
    return this.#status;
  }

  /** The endpoint's whole answer has been handed over. */
  get complete(): boolean {
    return this.#complete;
  }

  /** Invites the client to send its body; once. */
  continue(): void {
    if (this.#continued) return;
    this.#continued = true;
    this.#res.writeContinue();
  }

  /**
   * Passes an interim answer on, where the client speaks HTTP/1.1 and it is this request's turn to be answered. Not 100: that is
   * said by the proxy itself. Returns what is wrong with it, if it cannot be taken as one.
   */
  information(status: number, raw: RawHeaders, names: HeaderNames, clearContext: boolean): string | undefined {
    if (status === 101) return "the endpoint switched to another protocol, unasked";
    if (status < 102) return `the endpoint answered with the status ${status}`;
    if (++this.#informed > maxInformed) return "the endpoint sent too many interim answers";
    const { socket } = this.#res;
    // A queued answer has no socket yet: what is interim by then is of no use to the client any more.
    if (this.#req.httpVersion !== "1.1" || socket === null || this.#res.headersSent) return undefined;
    const text = informationHead(status, raw, names, clearContext);
    if (text !== undefined && !socket.writableNeedDrain) socket.write(text, "latin1");
    return undefined;
  }

  /** 101, for a connection that is a tunnel from now on. Throws if node refuses to write it. */
  switching(headers: string[]): void {
    this.#res.writeHead(101, headers);
    this.#status = 101;
    this.#detach(() => this.#res.end());
  }

  /** 200 to a CONNECT: a tunnel from now on. */
  connected(): void {
    this.#status = 200;
    const { socket } = this.#res;
    this.#detach(() => {});
    socket?.write("HTTP/1.1 200 Connection Established\r\nVia: 1.1 linkerd\r\n\r\n", "latin1");
  }

  /** The socket outlives the answer. */
  #detach(end: () => void): void {
    const { socket } = this.#res;
    this.#res.removeAllListeners("finish");
    end();
    if (socket !== null) this.#res.detachSocket(socket);
  }

  /** True while what the endpoint has said waits for the client, though the endpoint has ended. */
  get finishing(): boolean {
    return this.#finishing;
  }

  /** Throws if node refuses to write it; an error may be answered then. `moved` is called when the client has taken something. */
  head(status: number, { headers, length, compress }: ProxiedResponseHead, moved: () => void): void {
    this.#res.writeHead(status, headers);
    this.#status = status;
    this.#left = length;
    this.#framed = length !== undefined || this.#res.chunkedEncoding;
    this.#compressor = compress?.((chunk, resume) =>
      this.#write(chunk, () => {
        moved();
        resume();
      }),
    );
    // undici takes a 304 with a length for one that lacks its body, and fails later.
    if (status === 204 || status === 304) this.#end();
    // A body that came along leaves with its head in one write; one that is still to come (an event stream) does not hold it back.
    else process.nextTick(flushHead, this);
  }

  /** Sends the head now, if it has not left. */
  flush(): void {
    if (this.#begun || this.#res.destroyed) return;
    this.#begun = true;
    this.#res.flushHeaders();
  }

  /** False: wait for `drained` before writing more. */
  data(chunk: Buffer, drained: () => void): boolean {
    const compressor = this.#compressor;
    return compressor === undefined ? this.#write(chunk, drained) : compressor.write(chunk, drained);
  }

  #write(chunk: Buffer, drained: () => void): boolean {
    this.#begun = true;
    this.bytes += chunk.length;
    if (this.#left !== undefined) {
      this.#left -= chunk.length;
      if (this.#left === 0 && this.#req.complete) {
        // Head and body leave in one write.
        this.#end(chunk);
        return true;
      }
    }
    if (this.#res.write(chunk)) return true;
    this.#res.once("drain", drained);
    return false;
  }

  /** Calls back once all that the endpoint has said is handed over; at once, unless it is being compressed. */
  finish(finished: () => void): void {
    if (this.#compressor === undefined) {
      finished();
      return;
    }
    this.#finishing = true;
    this.#compressor.end(() => {
      this.#finishing = false;
      finished();
    });
  }

  /** The client is gone, or has everything. */
  closed(): void {
    this.#compressor?.destroy();
  }

  /** The endpoint's answer is over. */
  end(trailers: [string, string][] | undefined): void {
    // node writes them only where there are chunks to write them behind.
    if (trailers !== undefined && !this.#complete) this.#res.addTrailers(trailers);
    if (!this.#complete) this.#lingering();
    else if (!this.#req.readableEnded) this.#req.resume();
  }

  /** Our own answer. `awaited`: the client waits for 100 Continue before it sends its body. */
  answer(status: number, headers: string[], body: Buffer | undefined, awaited: boolean): void {
    this.#res.writeHead(status, headers);
    if (body !== undefined) {
      this.#begun = true;
      this.#res.write(body);
    }
    // A client that waits in vain sends no body that would have to be read first.
    if (awaited && !this.#continued) this.#res.end();
    else this.#lingering();
  }

  /**
   * Cuts the answer short so that the client cannot take it for a whole one. Where the body ends with the connection (HTTP/1.0),
   * only a reset tells a cut from an end.
   */
  cut(): void {
    this.#compressor?.destroy();
    if (!this.#framed && this.#res.headersSent) this.#res.socket?.resetAndDestroy();
    this.#res.destroy();
  }

  #end(chunk?: Buffer): void {
    this.#complete = true;
    this.#begun = true;
    this.#res.end(chunk);
  }

  /**
   * Ends the answer. If the client is still sending its body, what it sends is read and thrown away for a while first: closing at
   * once would make the kernel reset the connection, and the client would lose the answer (RFC 9112, 9.6).
   */
  #lingering(): void {
    const req = this.#req;
    if (req.complete || req.destroyed) {
      if (!req.readableEnded) req.resume();
      this.#end();
      return;
    }
    this.flush();
    const finish = () => {
      timer.close();
      req.off("end", finish).off("close", finish);
      this.#end();
    };
    const timer = this.#clock.after(lingerMs, finish);
    req.once("end", finish).once("close", finish);
    req.resume();
  }
}

function flushHead(client: Downstream): void {
  client.flush();
}
