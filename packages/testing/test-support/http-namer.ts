import { get } from "node:http";
import { type Address, address, type Namer, NamerError, type PluginEnv, watchEach } from "@namerkit/core";
import type { Place, Subject } from "../src/scenarios.js";
import { HttpBackend, TOKEN } from "./http-backend.js";

// ---- a whole namer, without any package but core: from here ...
export interface Answer {
  readonly status: number;
  readonly index: string;
  readonly text: string;
}

/** One request with a deadline by the clock, over a connection of its own. */
export function ask(url: string, token: string, env: PluginEnv, signal: AbortSignal): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const fail = (code: string, why: string, more = {}): void => {
      reject(new NamerError(code, `GET ${url}: ${why}`, more));
      sent.destroy();
    };
    const sent = get(url, { agent: false, signal, headers: { authorization: `Bearer ${token}` } }, (answer) => {
      const { statusCode: status = 0, headers } = answer;
      let text = "";
      answer.setEncoding("utf8").on("data", (chunk) => {
        text += chunk;
        if (text.length > 1_000_000) fail("NAMER_ANSWER", "too large an answer");
      });
      answer.on("error", (cause) => fail("NAMER_UNAVAILABLE", "broke off", { cause }));
      answer.on("end", () => {
        if (status === 401 || status === 403) fail("NAMER_REFUSED", `status ${status}`);
        else if (status !== 200 && status !== 404)
          fail("NAMER_UNAVAILABLE", `status ${status}`, { retryAfterMs: Number(headers["retry-after"]) * 1000 });
        else if (headers["x-index"] === undefined) fail("NAMER_ANSWER", "not from a catalogue");
        else resolve({ status, text, index: String(headers["x-index"]) });
      });
    });
    const late = env.clock.after(40_000, () => fail("NAMER_UNAVAILABLE", "no answer"));
    sent.on("close", () => late.close());
    sent.on("error", (cause: NodeJS.ErrnoException) => {
      fail(cause.code?.startsWith("HPE_") ? "NAMER_ANSWER" : "NAMER_UNAVAILABLE", cause.message, { cause });
    });
  });
}

export function read(url: string, text: string, count: (name: string) => void): Address[] {
  const whole = parse(text) as { instances?: { address?: unknown; port?: unknown }[] } | undefined;
  if (!Array.isArray(whole?.instances)) throw new NamerError("NAMER_ANSWER", `GET ${url}: not a list of instances`);
  return whole.instances.flatMap(({ address: ip, port }) => {
    if (typeof ip === "string" && typeof port === "number") return [address(ip, port)];
    count("skipped");
    return [];
  });
}

export function httpNamer(at: Place, options: object, token: string, env: PluginEnv): Namer {
  return watchEach(env, {
    segments: ["service"],
    options,
    canonical: ({ service }) => ({ service: service.toLowerCase() }),
    reject: ({ service }) => (/^[a-z0-9-]+$/.test(service) ? undefined : "neg"),
    async *watch({ service }, { signal, request, count }) {
      for (let index = ""; ; ) {
        const url = `http://${at.host}:${at.port}/v1/services/${service}?wait=30&index=${index}`;
        request(`GET ${url}`);
        const answer = await ask(url, token, env, signal);
        index = answer.index;
        yield answer.status === 404 ? undefined : read(url, answer.text, count);
      }
    },
  });
}
// ... to here.

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

export const httpSubject: Subject<HttpBackend> = {
  backend: ({ clock }) => HttpBackend.start(clock),
  create: (at, settings, env) => httpNamer(at, settings, TOKEN, env),
  path: (service) => `/${service}`,
  spellings: (service) => [`/${service.toUpperCase()}`],
  nonsense: ["/no such", "/caf\u00e9", "/../web"],
  secret: TOKEN,
  // A little more than the deadline of its polls, and the longest pause between two of them.
  maxSilenceMs: 60_000,
};
