import type { Dtab } from "@namerkit/core";
import { NamerError } from "@namerkit/core";
import { hostPort } from "../upstream/connect.js";
import type { Selected } from "./failures.js";
import type { ProxiedHead } from "./request-head.js";
import { resolution } from "./resolution.js";
import type { ProxiedResponseHead } from "./response-head.js";
import { wayOf } from "./texts.js";

/** What a TRACE with `l5d-add-context: true` asks for: each proxy on the way adds to the answer how it came to where it sent the request. */
export class Diagnosis {
  /** The request is to go no further: its Max-Forwards is used up. */
  readonly final: boolean;
  readonly #from: number;

  private constructor(final: boolean, from: number) {
    this.final = final;
    this.#from = from;
  }

  /** Undefined where nobody asks. Counts Max-Forwards down; throws PROXY_BAD_REQUEST if that is no number. */
  static of(head: ProxiedHead, now: number): Diagnosis | undefined {
    if (head.method !== "TRACE" || head.header("l5d-add-context")?.trim().toLowerCase() !== "true") return undefined;
    const most = head.header("max-forwards");
    if (most === undefined) return new Diagnosis(false, now);
    if (!/^[0-9]{1,9}$/.test(most)) throw new NamerError("PROXY_BAD_REQUEST", `invalid Max-Forwards header: ${most}`);
    if (Number(most) > 0) head.replace("max-forwards", String(Number(most) - 1));
    return new Diagnosis(Number(most) === 0, now);
  }

  /** The head of an answer that is to be added to; `head` itself if it has no body, or one that cannot be. */
  lengthened(status: number, head: ProxiedResponseHead): ProxiedResponseHead {
    if (head.blank || status === 204 || status === 304) return head;
    const headers: string[] = [];
    for (let i = 0; i + 1 < head.headers.length; i += 2) {
      const name = head.headers[i] as string;
      if (name.toLowerCase() === "content-encoding") return head;
      if (name.toLowerCase() !== "content-length") headers.push(name, head.headers[i + 1] as string);
    }
    return { ...head, headers, length: undefined };
  }

  /** What is to be added. `dtab`: all that the name was resolved by. */
  text(router: string, lease: Selected, dtab: Dtab, now: number): string {
    const lines = [
      `--- Router: ${router} ---`,
      `request duration: ${Math.round(now - this.#from)} ms`,
      ...wayOf({
        service: lease.service.show(),
        client: lease.id.show(),
        addresses: lease.addresses.map((one) => hostPort(one.ip, one.port)),
        selected: hostPort(lease.address.ip, lease.address.port),
        resolution: resolution(dtab, lease.service, lease.id, lease.residual),
      }),
    ];
    return `\n${lines.join("\n")}\n`;
  }
}
