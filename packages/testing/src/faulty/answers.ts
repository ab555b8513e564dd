import type { OutgoingHttpHeaders } from "node:http";
import type { Behaviour, SeenRequest } from "./behaviour.js";

/** An answer as it would go over the wire if nothing were wrong. */
export interface Answer {
  readonly status: number;
  readonly headers: OutgoingHttpHeaders;
  readonly body: Uint8Array;
}

export interface AnswerOptions {
  /** 200 by default. */
  readonly status?: number;
  readonly headers?: OutgoingHttpHeaders;
}

/** A correct answer with a content-length. */
export function answer(body: string | Uint8Array = "", options: AnswerOptions = {}): Behaviour & Answer {
  const bytes = typeof body === "string" ? new TextEncoder().encode(body) : body;
  const { status = 200 } = options;
  const headers = { "content-type": "text/plain; charset=utf-8", ...options.headers };
  return {
    name: `answer ${status}`,
    status,
    headers,
    body: bytes,
    request: ({ response }) => {
      response.writeHead(status, { "content-length": bytes.length, ...headers });
      response.end(bytes);
    },
  };
}

/** A correct JSON answer. */
export function json(value: unknown, options: AnswerOptions = {}): Behaviour & Answer {
  return answer(JSON.stringify(value), {
    ...options,
    headers: { "content-type": "application/json", ...options.headers },
  });
}

/** A page for people, as a proxy or a captive portal in between would answer with. */
export function html(status = 200): Behaviour & Answer {
  return answer("<!doctype html><html><head><title>Sign in</title></head><body>Please sign in.</body></html>", {
    status,
    headers: { "content-type": "text/html" },
  });
}

/** A correctly framed answer whose JSON stops in the middle, as from a server that died while it wrote its file. */
export function truncatedJson(value: unknown = { stacks: ["one", "two"] }): Behaviour & Answer {
  const whole = JSON.stringify(value);
  return answer(whole.slice(0, Math.max(1, Math.floor(whole.length / 2))), {
    headers: { "content-type": "application/json" },
  });
}

/** A valid JSON string of so many bytes, sent in chunks without a content-length and no faster than the client reads. */
export function huge(bytes = 64 * 1024 * 1024): Behaviour {
  const chunk = Buffer.alloc(64 * 1024, "x");
  return {
    name: "huge",
    async request({ response, wait }) {
      response.writeHead(200, { "content-type": "application/json" });
      response.write('"');
      for (let left = bytes - 2; left > 0; left -= chunk.length) {
        const room = response.write(left >= chunk.length ? chunk : chunk.subarray(0, left));
        while (!room && response.writableNeedDrain) if (!(await wait(1))) return;
      }
      response.end('"');
    },
  };
}

/** A different behaviour from one request to the next, in turns. */
export function flap(...behaviours: readonly Behaviour[]): (request: SeenRequest) => Behaviour {
  if (behaviours.length === 0) throw new TypeError("flap needs at least one behaviour");
  let turn = 0;
  return () => behaviours[turn++ % behaviours.length] as Behaviour;
}
