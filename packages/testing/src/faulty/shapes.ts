import { type Answer, answer } from "./answers.js";
import type { Behaviour } from "./behaviour.js";

export interface WrongStatusOptions {
  /** Seconds, or an HTTP date. */
  readonly retryAfter?: number | string;
  readonly body?: string;
}

/** An error of the server's own, in its own words. */
export function wrongStatus(status: number, options: WrongStatusOptions = {}): Behaviour & Answer {
  const { retryAfter, body = `this server answers with ${status}\n` } = options;
  return answer(body, { status, headers: retryAfter === undefined ? {} : { "retry-after": String(retryAfter) } });
}

/**
 * A correct answer whose body comes in pieces, cut at these byte offsets, each piece a chunk and a packet of its own. For parsers of
 * streams: cut inside of a number, of a string, of a character.
 */
export function inPieces(whole: Answer, cuts: readonly number[], everyMs = 1): Behaviour {
  return {
    name: "in pieces",
    async request({ response, wait }) {
      response.writeHead(whole.status, { ...whole.headers });
      response.flushHeaders();
      let from = 0;
      for (const to of [...cuts, whole.body.length]) {
        if (to > from) response.write(whole.body.subarray(from, to));
        from = Math.max(from, to);
        if (!(await wait(everyMs))) return;
      }
      response.end();
    },
  };
}

/** Sends the status line at once, the other headers only after `ms`, and then the body. Closes the connection at the end. */
export function slowHead(ms: number, whole: Answer): Behaviour {
  return {
    name: "slow head",
    async request({ socket, wait }) {
      socket.write(`HTTP/1.1 ${whole.status} Slow\r\n`);
      if (!(await wait(ms))) return;
      const lines = Object.entries(whole.headers).map(([name, value]) => `${name}: ${String(value)}\r\n`);
      socket.write(`${lines.join("")}content-length: ${whole.body.length}\r\nconnection: close\r\n\r\n`);
      socket.end(whole.body);
    },
  };
}

/** No more than `max` connections at once; further ones are reset as soon as they are accepted. */
export function connectionLimit(max: number, then: Behaviour): Behaviour {
  let open = 0;
  return {
    name: `at most ${max} connections`,
    connect(socket) {
      if (open >= max) {
        socket.resetAndDestroy();
        return true;
      }
      open++;
      socket.once("close", () => open--);
      return then.connect?.(socket) ?? false;
    },
    request: (exchange) => then.request(exchange),
  };
}
