import type { Socket } from "node:net";

/** What to do with one request, on its bare socket. */
export type Behaviour = (socket: Socket) => void;

export type AnswerHeaders = Readonly<Record<string, string>>;

/** A right answer. */
export function answer(
  body: string,
  options: { readonly status?: number; readonly headers?: AnswerHeaders } = {},
): Behaviour {
  return (socket) => write(socket, head(options.status ?? 200, Buffer.byteLength(body), options.headers) + body);
}

export function json(
  value: unknown,
  options: { readonly status?: number; readonly headers?: AnswerHeaders } = {},
): Behaviour {
  return answer(JSON.stringify(value), {
    ...options,
    headers: { "content-type": "application/json", ...options.headers },
  });
}

/** A right answer, later. The timer goes with the socket. */
export function delayed(ms: number, behaviour: Behaviour): Behaviour {
  return (socket) => later(socket, ms, () => behaviour(socket));
}

/** The body arrives a few bytes at a time. */
export function trickle(body: string, options: { readonly everyMs?: number; readonly bytes?: number } = {}): Behaviour {
  const { everyMs = 20, bytes = 1 } = options;
  return (socket) => {
    write(socket, head(200, Buffer.byteLength(body)));
    const all = Buffer.from(body);
    const step = (from: number): void => {
      if (from >= all.length) return;
      socket.write(all.subarray(from, from + bytes));
      later(socket, everyMs, () => step(from + bytes));
    };
    step(0);
  };
}

/** Exactly these chunks, each written on its own. */
export function chunks(pieces: readonly string[], options: { readonly everyMs?: number } = {}): Behaviour {
  const body = pieces.join("");
  return (socket) => {
    write(socket, head(200, Buffer.byteLength(body)));
    const step = (i: number): void => {
      const piece = pieces[i];
      if (piece === undefined) return;
      socket.write(piece);
      later(socket, options.everyMs ?? 1, () => step(i + 1));
    };
    step(0);
  };
}

/** Promises more than it sends, and closes as if that were all. */
export function truncate(body: string, missing = 100): Behaviour {
  return (socket) => {
    write(socket, head(200, Buffer.byteLength(body) + missing) + body);
    socket.end();
  };
}

/** Half of the answer, then a reset. */
export function resetMidBody(body: string): Behaviour {
  return (socket) => {
    const half = body.slice(0, body.length >> 1);
    socket.write(head(200, Buffer.byteLength(body)) + half, () => later(socket, 5, () => socket.resetAndDestroy()));
  };
}

/** Half of the answer, then silence. */
export function hangMidBody(body: string): Behaviour {
  return (socket) => write(socket, head(200, Buffer.byteLength(body)) + body.slice(0, body.length >> 1));
}

/** A body of so many bytes, sent as fast as it is read. */
export function huge(bytes: number): Behaviour {
  return (socket) => {
    write(socket, head(200, bytes));
    const piece = Buffer.alloc(64 * 1024, "[");
    let left = bytes;
    const pour = (): void => {
      while (left > 0 && !socket.destroyed) {
        const size = Math.min(left, piece.length);
        left -= size;
        if (!socket.write(piece.subarray(0, size))) {
          socket.once("drain", pour);
          return;
        }
      }
    };
    pour();
  };
}

/** The faults that need no argument, by name. */
export const behaviours = {
  /** 200 with an empty body. */
  empty: answer(""),
  /** Reads the request and says nothing. */
  hang: () => {},
  /** Resets the connection in place of an answer. */
  reset: (socket: Socket) => socket.resetAndDestroy(),
  /** Closes the connection in place of an answer. */
  hangUp: (socket: Socket) => socket.end(),
  /** The status line, then silence. */
  slowHeaders: (socket: Socket) => write(socket, "HTTP/1.1 200 OK\r\ncontent-"),
  /** Something that is not HTTP. */
  garbage: (socket: Socket) => write(socket, "220 mail.example.com ESMTP\r\n"),
  html: answer("<!doctype html>\n<title>Sign in</title>", { headers: { "content-type": "text/html" } }),
  notFound: answer("404 page not found", { status: 404 }),
  error: answer("something broke", { status: 500 }),
  forbidden: answer("you may not", { status: 403 }),
} satisfies Record<string, Behaviour>;

export type FaultName = keyof typeof behaviours;

function head(status: number, length: number, headers: AnswerHeaders = {}): string {
  const lines = Object.entries({ "content-length": String(length), ...headers }).map(
    ([name, value]) => `${name}: ${value}\r\n`,
  );
  return `HTTP/1.1 ${status} Whatever\r\n${lines.join("")}\r\n`;
}

function write(socket: Socket, text: string): void {
  if (socket.writable) socket.write(text);
}

function later(socket: Socket, ms: number, fn: () => void): void {
  const timer = setTimeout(() => {
    if (!socket.destroyed) fn();
  }, ms);
  socket.once("close", () => clearTimeout(timer));
}
