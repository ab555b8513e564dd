import { type Answer, json } from "./answers.js";
import type { Behaviour } from "./behaviour.js";
import { startOf } from "./silences.js";

const fine: Answer = json({ ok: true });

/** A reset may overtake bytes that the client has not read yet; so long it is held back after the first half of a body. */
const RESET_AFTER_MS = 20;

/** Reads the request and resets the connection (RST) instead of answering. */
export function reset(): Behaviour {
  return { name: "reset", request: ({ socket }) => void socket.resetAndDestroy() };
}

/** Resets each connection as soon as it is accepted, as a server over its connection limit does; no request is seen. */
export function resetConnection(): Behaviour {
  return {
    name: "reset connection",
    connect: (socket) => {
      socket.resetAndDestroy();
      return true;
    },
    request: ({ socket }) => void socket.resetAndDestroy(),
  };
}

/** Sends the head and half of the body, and then resets the connection. */
export function resetMidBody(answer: Answer = fine): Behaviour {
  return {
    name: "reset mid-body",
    async request(exchange) {
      startOf(exchange, answer);
      if (await exchange.wait(RESET_AFTER_MS)) exchange.socket.resetAndDestroy();
    },
  };
}

/** Closes the connection in good order (FIN) instead of answering. */
export function hangUp(): Behaviour {
  return { name: "hang up", request: ({ socket }) => void socket.end() };
}

/** Announces more than it sends, and then closes the connection in good order. */
export function truncate(answer: Answer = fine): Behaviour {
  return {
    name: "truncate",
    request(exchange) {
      startOf(exchange, answer);
      exchange.socket.end();
    },
  };
}

/** Answers with something that is not HTTP, as another service on the same port would. */
export function gibberish(): Behaviour {
  return { name: "gibberish", request: ({ socket }) => void socket.end("220 smtp.example ready\r\n") };
}
