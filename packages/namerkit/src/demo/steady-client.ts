import { Agent, request } from "node:http";
import { messageOf } from "@namerkit/core";

export interface Answer {
  /** The name that the request asked for. */
  readonly host: string;
  /** The container that answered; undefined if none did. */
  readonly by: string | undefined;
  /** What went wrong, for people; undefined if nothing did. */
  readonly error: string | undefined;
}

/** A client that asks for each of its names in turn, at a steady pace, whatever comes back. */
export class SteadyClient {
  readonly #port: number;
  readonly #hosts: readonly string[];
  readonly #onAnswer: (answer: Answer) => void;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 16 });
  #timer: NodeJS.Timeout | undefined;
  #sent = 0;
  #waiting = 0;

  constructor(port: number, hosts: readonly string[], onAnswer: (answer: Answer) => void) {
    this.#port = port;
    this.#hosts = hosts;
    this.#onAnswer = onAnswer;
  }

  get sent(): number {
    return this.#sent;
  }

  /** Asked but not answered yet. */
  get waiting(): number {
    return this.#waiting;
  }

  start(everyMs: number): void {
    this.#timer ??= setInterval(() => this.#ask(), everyMs);
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#agent.destroy();
  }

  #ask(): void {
    const host = this.#hosts[this.#sent++ % this.#hosts.length] as string;
    this.#waiting++;
    let told = false;
    const tell = (by: string | undefined, error: string | undefined): void => {
      if (told) return;
      told = true;
      this.#waiting--;
      this.#onAnswer({ host, by, error });
    };
    const asking = request(
      { host: "127.0.0.1", port: this.#port, path: "/", headers: { host }, agent: this.#agent, timeout: 15_000 },
      (response) => {
        let body = "";
        response.setEncoding("utf8");
        response.on("data", (text: string) => {
          if (body.length < 4_096) body += text;
        });
        response.on("error", (error) => tell(undefined, messageOf(error)));
        response.on("end", () => {
          const text = body.trim();
          if (response.statusCode === 200) tell(text, undefined);
          else tell(undefined, `${response.statusCode}: ${text.split("\n")[0]}`);
        });
      },
    );
    asking.on("timeout", () => asking.destroy(new Error("no answer within 15 s")));
    asking.on("error", (error) => tell(undefined, messageOf(error)));
    asking.end();
  }
}
