import { type Answer, json } from "./answers.js";
import type { Behaviour, Exchange } from "./behaviour.js";

const fine: Answer = json({ ok: true });

/** Reads the request and never answers. The connection stays open until the client closes it. */
export function hang(): Behaviour {
  return { name: "hang", request: () => {} };
}

/** Sends the head and half of the body, and then nothing more. */
export function hangMidBody(answer: Answer = fine): Behaviour {
  return { name: "hang mid-body", request: (exchange) => startOf(exchange, answer) };
}

/**
 * Accepts the connection and never answers anything; no request is seen. What the client sends is thrown away instead of being left
 * in the kernel, because only a socket that is read tells that the client has gone. Connections that are already open hang.
 */
export function halfOpen(): Behaviour {
  return {
    name: "half-open",
    connect: (socket) => {
      socket.resume();
      return true;
    },
    request: () => {},
  };
}

/** Waits before it does something else, so that the headers come late. */
export function slow(ms: number, then: Behaviour): Behaviour {
  return {
    name: `slow ${then.name}`,
    async request(exchange) {
      if (await exchange.wait(ms)) await then.request(exchange);
    },
  };
}

/** Sends the head at once and the body byte by byte, so that a timeout between two bytes never fires. */
export function trickle(everyMs = 10, answer: Answer = fine): Behaviour {
  return {
    name: "trickle",
    async request({ response, wait }) {
      response.writeHead(answer.status, { ...answer.headers, "content-length": answer.body.length });
      response.flushHeaders();
      for (let i = 0; i < answer.body.length; i++) {
        if (!(await wait(everyMs))) return;
        response.write(answer.body.subarray(i, i + 1));
      }
      response.end();
    },
  };
}

/** Sends even the head byte by byte, and closes the connection at the end. */
export function trickleHead(everyMs = 10, answer: Answer = fine): Behaviour {
  return {
    name: "trickle head",
    async request({ socket, wait }) {
      const lines = Object.entries(answer.headers).map(([name, value]) => `${name}: ${String(value)}\r\n`);
      const head = `HTTP/1.1 ${answer.status} Slow\r\n${lines.join("")}content-length: ${answer.body.length}\r\nconnection: close\r\n\r\n`;
      // Past node:http, which writes a head as a whole.
      for (const byte of Buffer.from(head, "latin1")) {
        if (!(await wait(everyMs))) return;
        socket.write(Buffer.of(byte));
      }
      socket.end(answer.body);
    },
  };
}

/** The head with the whole content-length, and half of the body. */
export function startOf({ response }: Exchange, answer: Answer): void {
  response.writeHead(answer.status, { ...answer.headers, "content-length": Math.max(2, answer.body.length) });
  response.write(answer.body.subarray(0, Math.max(1, Math.floor(answer.body.length / 2))));
}
