import { isIP } from "node:net";
import { address, type Endpoint, hostAddress } from "@namerkit/core";

/** What a file says: one endpoint a line. */
export interface ReadLines {
  readonly endpoints: readonly Endpoint[];
  /** Lines that say something else, with what is wrong with them; numbered from 1. */
  readonly wrong: readonly { readonly line: number; readonly why: string }[];
}

const line = /^(\S+)\s+(\d+)(?:\s*\*\s*(\S+))?$/;

/**
 * Reads Linkerd's format: `host port` or `host port * weight` on each line, `#` to the end of a line is a comment. The host is an address
 * (IPv6 with or without brackets) or a host name. A line that is none of this is left out and told of; it does not spoil the others.
 */
export function readLines(text: string): ReadLines {
  const endpoints: Endpoint[] = [];
  const wrong: { line: number; why: string }[] = [];
  for (const [i, whole] of text.split("\n").entries()) {
    const said = withoutComment(whole).trim();
    if (said === "") continue;
    const read = readLine(said);
    if (typeof read === "string") wrong.push({ line: i + 1, why: read });
    else endpoints.push(read);
  }
  return { endpoints, wrong };
}

function withoutComment(text: string): string {
  const at = text.indexOf("#");
  return at === -1 ? text : text.slice(0, at);
}

function readLine(said: string): Endpoint | string {
  const [, host = "", portText = "", weightText] = line.exec(said) ?? [];
  if (host === "") return "expected host port, or host port * weight";
  const port = Number(portText);
  if (port < 1 || port > 65_535) return `${portText} is no port: 1 to 65535`;
  const weight = weightText === undefined ? 1 : Number(weightText);
  // Number() also takes 0x10 and the empty text.
  if (weightText !== undefined && !(/^[\d.eE+-]+$/.test(weightText) && Number.isFinite(weight) && weight >= 0)) {
    return `${weightText} is no weight: a number, 0 or more`;
  }
  const literal = /^\[(.+)\]$/.exec(host)?.[1] ?? host;
  if (isIP(literal) !== 0) {
    return literal.includes("%") ? "an address with a zone" : address(literal, port, { weight });
  }
  if (!/^[\w.-]+$/.test(host)) return "neither an address nor a host name";
  return hostAddress(host, port, { weight });
}
