import { isIP } from "node:net";
import { NamerError, toNamerError } from "@namerkit/core";
import { type Document, isMap, isNode, isScalar, isSeq, LineCounter, parseDocument } from "yaml";
import { healthStates, isHealth } from "./health.js";

/** What runs in a Rancher environment, as one writes it down. */
export interface Description {
  readonly environment: string;
  readonly hosts: readonly HostDescription[];
  readonly stacks: readonly StackDescription[];
}
export interface HostDescription {
  readonly name: string;
  readonly ip: string;
  readonly labels: Readonly<Record<string, string>>;
}
export interface StackDescription {
  readonly name: string;
  readonly system: boolean;
  readonly services: readonly ServiceDescription[];
}
export interface ServiceDescription {
  readonly name: string;
  /** Containers at the start. */
  readonly scale: number;
  /** The address of the first container, of the second, and so on; further ones get addresses of the managed network. */
  readonly addresses: readonly string[];
  /** As Rancher writes them, `8080:80/tcp`. */
  readonly ports: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
  /** The health of its containers, one of `healthStates`, or null where there is no check. */
  readonly health: string | null;
}

/**
 * Reads a description in YAML (or JSON):
 *
 * ```yaml
 * environment: Default            # optional
 * hosts: [{ name: host-1, ip: 192.0.2.11, labels: { zone: a } }]   # optional
 * stacks:
 *   shop:
 *     services:
 *       web: { scale: 2, addresses: [10.42.1.1, 10.42.1.2], ports: ["8080:80/tcp"], labels: {}, health: healthy }
 * ```
 *
 * Throws MOCK_DESCRIPTION with `file:line:col` for whatever is not understood, unknown keys included.
 */
export function parseDescription(text: string, file = "<description>"): Description {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, uniqueKeys: true });
  const at = (offset: number): string => {
    const { line, col } = lines.linePos(offset);
    return `${file}:${line}:${col}`;
  };
  const [problem] = document.errors;
  if (problem !== undefined) {
    const what = problem.message.split("\n")[0]?.replace(/ at line \d+, column \d+:?$/, "");
    throw new NamerError("MOCK_DESCRIPTION", `${at(problem.pos[0])}: ${what}`, { cause: problem });
  }
  return new Reader((path) => at(offsetOf(document, path))).description(contentOf(document, file));
}

function contentOf(document: Document, file: string): unknown {
  try {
    return document.toJS();
  } catch (error) {
    // Aliases that would grow beyond measure.
    throw toNamerError(error, "MOCK_DESCRIPTION", `${file}: `);
  }
}

/** Where a key stands, or the entry of a list; failing that, what holds it. */
function offsetOf(document: Document, path: At): number {
  for (let depth = path.length; depth > 0; depth--) {
    const parent = document.getIn(path.slice(0, depth - 1), true);
    const last = path[depth - 1];
    const node = isMap(parent)
      ? parent.items.find(({ key }) => String(isScalar(key) ? key.value : key) === String(last))?.key
      : isSeq(parent)
        ? parent.items[Number(last)]
        : undefined;
    if (isNode(node) && node.range) return node.range[0];
  }
  return document.contents?.range?.[0] ?? 0;
}

type At = readonly (string | number)[];
type Fields = Readonly<Record<string, unknown>>;

class Reader {
  readonly #where: (path: At) => string;

  constructor(where: (path: At) => string) {
    this.#where = where;
  }

  description(value: unknown): Description {
    const fields = this.#object(value, [], ["environment", "hosts", "stacks"]);
    const hosts = this.#list(fields.hosts ?? [{ name: "host-1", ip: "192.0.2.11" }], ["hosts"]);
    if (hosts.length === 0) this.#fail(["hosts"], "there must be at least one");
    return {
      environment: this.#text(fields.environment ?? "Default", ["environment"]),
      hosts: hosts.map((host, i) => this.#host(host, ["hosts", i])),
      stacks: this.#named(fields.stacks, ["stacks"]).map(([name, stack]) => this.#stack(name, stack, ["stacks", name])),
    };
  }

  #host(value: unknown, at: At): HostDescription {
    const fields = this.#object(value, at, ["name", "ip", "labels"]);
    return {
      name: this.#text(fields.name, [...at, "name"]),
      ip: this.#ip(fields.ip, [...at, "ip"]),
      labels: this.#labels(fields.labels, [...at, "labels"]),
    };
  }

  #stack(name: string, value: unknown, at: At): StackDescription {
    const fields = this.#object(value, at, ["system", "services"]);
    const services = this.#named(fields.services ?? {}, [...at, "services"]);
    return {
      name,
      system: this.#flag(fields.system ?? false, [...at, "system"]),
      services: services.map(([service, one]) => this.#service(service, one, [...at, "services", service])),
    };
  }

  #service(name: string, value: unknown, at: At): ServiceDescription {
    const fields = this.#object(value ?? {}, at, ["scale", "addresses", "ports", "labels", "health"]);
    const each = (key: string, read: (value: unknown, at: At) => string): string[] =>
      this.#list(fields[key] ?? [], [...at, key]).map((one, i) => read(one, [...at, key, i]));
    const addresses = each("addresses", (one, place) => this.#ip(one, place));
    const scale = fields.scale ?? Math.max(1, addresses.length);
    if (!Number.isInteger(scale) || (scale as number) < 0 || (scale as number) > 100_000) {
      this.#fail([...at, "scale"], "scale must be a whole number from 0 to 100000");
    }
    return {
      name,
      scale: scale as number,
      addresses,
      ports: each("ports", (one, place) => this.#text(one, place)),
      labels: this.#labels(fields.labels, [...at, "labels"]),
      health: fields.health == null ? null : this.#health(fields.health, [...at, "health"]),
    };
  }

  #object(value: unknown, at: At, keys: readonly string[]): Fields {
    if (typeof value !== "object" || value === null || Array.isArray(value)) this.#fail(at, "a map is expected");
    for (const key of Object.keys(value as object)) {
      if (!keys.includes(key)) this.#fail([...at, key], `unknown key "${key}"; there are: ${keys.join(", ")}`);
    }
    return value as Fields;
  }

  #entries(value: unknown, at: At): [string, unknown][] {
    if (typeof value !== "object" || value === null || Array.isArray(value))
      this.#fail(at, "a map of names is expected");
    return Object.entries(value as object);
  }

  /** Stacks or services. Their names are told in lower case, where two that differ in case alone would be one. */
  #named(value: unknown, at: At): [string, unknown][] {
    const entries = this.#entries(value, at);
    const seen = new Map<string, string>();
    for (const [name] of entries) {
      const other = seen.get(name.toLowerCase());
      if (other !== undefined) this.#fail([...at, name], `the same as "${other}", since case does not count`);
      if (name === "" || name.includes("/")) this.#fail([...at, name], "a name is expected, without slashes");
      seen.set(name.toLowerCase(), name);
    }
    return entries;
  }

  #list(value: unknown, at: At): readonly unknown[] {
    if (!Array.isArray(value)) this.#fail(at, "a list is expected");
    return value as readonly unknown[];
  }

  #text(value: unknown, at: At): string {
    if (typeof value !== "string" || value === "") this.#fail(at, "a text is expected");
    return value as string;
  }

  #ip(value: unknown, at: At): string {
    const text = this.#text(value, at);
    if (isIP(text) === 0) this.#fail(at, `an IP address is expected, not "${text}"`);
    return text;
  }

  #health(value: unknown, at: At): string {
    const text = this.#text(value, at);
    if (!isHealth(text)) this.#fail(at, `"${text}" is none of ${healthStates.join(", ")}, or null`);
    return text;
  }

  #scalar(value: unknown, at: At): string {
    if (!["string", "number", "boolean"].includes(typeof value)) this.#fail(at, "a text is expected");
    return String(value);
  }

  #flag(value: unknown, at: At): boolean {
    if (typeof value !== "boolean") this.#fail(at, "true or false is expected");
    return value as boolean;
  }

  #labels(value: unknown, at: At): Readonly<Record<string, string>> {
    return Object.fromEntries(
      this.#entries(value ?? {}, at).map(([key, one]) => [key, this.#scalar(one, [...at, key])]),
    );
  }

  #fail(at: At, message: string): never {
    throw new NamerError("MOCK_DESCRIPTION", `${this.#where(at)}: ${at.join(".") || "description"}: ${message}`);
  }
}
