import type { Writable } from "node:stream";
import type { Counts } from "./stack.js";
import type { Answer } from "./steady-client.js";

/** As process.stdout is, on a terminal. */
export type Terminal = Writable & { readonly columns?: number };

/** The live table of the demo: who answered in the last second, and what has moved. */
export class Screen {
  readonly #out: Terminal;
  #lines = 0;
  #window = new Map<string, Map<string, number>>();

  constructor(out: Terminal) {
    this.#out = out;
  }

  record({ host, by, error }: Answer): void {
    const who = by ?? `failed: ${error}`;
    const counts = this.#window.get(host) ?? new Map<string, number>();
    counts.set(who, (counts.get(who) ?? 0) + 1);
    this.#window.set(host, counts);
  }

  /** A line of the story, above the table. */
  tell(line: string): void {
    this.#erase();
    this.#out.write(`${line}\n`);
  }

  /** Draws the table over the one before, and starts a new second. */
  draw(counts: Counts, namer: string, failures: number): void {
    this.#erase();
    const lines = ["", "  name       answered in the last second"];
    for (const [host, answers] of [...this.#window].sort()) {
      const sorted = [...answers].sort(([a], [b]) => (a < b ? -1 : 1));
      lines.push(
        `  ${host.padEnd(10)} ${sorted.map(([who, n]) => `${who.replace("sample-stack-sample-", "")} x${n}`).join("  ")}`,
      );
    }
    lines.push(
      "",
      `  namer ${namer} | tree updates ${counts.treeUpdates} | address updates ${counts.addrUpdates} | requests to the catalogue ${counts.upstreamRequests} | failures ${failures}`,
    );
    this.#window = new Map();
    this.#lines = lines.length;
    // A line that wraps would be two to erase.
    const width = Math.max(40, this.#out.columns ?? 80);
    this.#out.write(`${lines.map((line) => line.slice(0, width - 1)).join("\n")}\n`);
  }

  #erase(): void {
    if (this.#lines > 0) this.#out.write(`\u001b[${this.#lines}A\u001b[0J`);
    this.#lines = 0;
  }
}
