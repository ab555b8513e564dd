import type { AskOptions, ConsulAnswer, ConsulTransport } from "../src/transport/transport.js";

export interface Asked extends AskOptions {
  readonly question: string;
}

export interface ScriptedAnswer {
  readonly body?: unknown;
  readonly index?: string | undefined;
  readonly status?: number;
  readonly epoch?: number;
  readonly headers?: Readonly<Record<string, string>>;
}

export function consulAnswer(given: ScriptedAnswer): ConsulAnswer {
  const { body = [], index, status = 200, epoch = 1, headers = {} } = given;
  return {
    status,
    index,
    epoch,
    request: "GET http://consul/x",
    header: (name) => headers[name.toLowerCase()],
    text: () => (typeof body === "string" ? body : JSON.stringify(body)),
    json: () => body,
  };
}

type Answers = (asked: Asked, number: number) => ScriptedAnswer | Error | Promise<ScriptedAnswer | Error>;

/** A transport without a network: a function of the question and of how often something was asked before. */
export class ScriptedTransport implements ConsulTransport {
  readonly asked: Asked[] = [];
  readonly #answers: Answers;
  wait = 60_000;
  holders = 0;

  constructor(answers: Answers) {
    this.#answers = answers;
  }

  async get(question: string, options: AskOptions): Promise<ConsulAnswer> {
    this.asked.push({ question, ...options });
    options.request?.(`GET ${question}`);
    options.signal.throwIfAborted();
    const answer = await orAborted(this.#answers({ question, ...options }, this.asked.length), options.signal);
    if (answer instanceof Error) throw answer;
    return consulAnswer(answer);
  }

  waitMs(): number {
    return this.wait;
  }

  hold(signal: AbortSignal): void {
    this.holders++;
    signal.addEventListener("abort", () => this.holders--, { once: true });
  }

  state() {
    return { epoch: 1, agents: [], token: "none", slots: 128, parked: 0, waiting: 0, waitMs: this.wait };
  }

  close(): void {}
  [Symbol.dispose](): void {}
}

async function orAborted<T>(answer: T | Promise<T>, signal: AbortSignal): Promise<T> {
  const over = new AbortController();
  try {
    const aborted = new Promise<never>((_, reject) => {
      signal.addEventListener("abort", () => reject(signal.reason), { once: true, signal: over.signal });
    });
    return await Promise.race([answer, aborted]);
  } finally {
    over.abort();
  }
}
