import { type ConsulOptions, consulNamer } from "@namerkit/consul";
import { type Addr, addressesOf, type Closable, type Namer, Path } from "@namerkit/core";
import { until } from "@namerkit/testing";
import type { ConsulAgent } from "./consul-agent.js";

const open: Closable[] = [];
/** After each test. */
export function closeNames(): void {
  for (const handle of open.splice(0)) handle.close();
}

/** What a name is, as text: sorted addresses, or what there is instead. */
export class Name {
  readonly seen: string[] = [];
  readonly #namer: Namer;
  readonly #path: Path;

  constructor(namer: Namer, path: string) {
    this.#namer = namer;
    this.#path = Path.parse(path);
    open.push(addressesOf(namer, this.#path).observe((addr) => this.seen.push(textOf(addr))));
  }

  get now(): string | undefined {
    return this.seen.at(-1);
  }

  get status() {
    return this.#namer.statusOf?.(this.#path).sample();
  }

  is(text: string | RegExp, timeoutMs = 10_000): Promise<unknown> {
    const holds = () => (typeof text === "string" ? this.now === text : text.test(this.now ?? ""));
    return until(holds, { what: `${text}; there is ${this.seen.join(" -> ")}`, timeoutMs });
  }
}

function textOf(addr: Addr): string {
  if (addr.type === "failed") return `failed: ${addr.error.code}: ${addr.error.message}`;
  if (addr.type !== "bound") return addr.type;
  return addr.addresses
    .map(({ ip, weight }) => (weight === 1 ? ip : `${ip}*${weight}`))
    .sort()
    .join(" ");
}

/** With a wait that is short enough for tests, and no lingering. */
export const namerOf = ({ port }: ConsulAgent, options: ConsulOptions = {}): Namer =>
  consulNamer({ port, useHealthCheck: true, lingerMs: 0, waitMs: 5_000, ...options });
