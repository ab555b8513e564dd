import type { Socket } from "node:net";
import type { ForwardedHeaderPlan, LabelerPlan } from "@namerkit/config";

type Party = (socket: Socket) => string;

/** Makes the Forwarded header (RFC 7239) of a server, as its `addForwardedHeader` says. */
export class Forwarded {
  readonly #by: Party;
  readonly #for: Party;

  /** `router`: its label. `random`: uniform in [0, 1). */
  constructor(plan: ForwardedHeaderPlan, router: string, random: () => number) {
    const local: Party = (socket) => socket.localAddress ?? "";
    const remote: Party = (socket) => socket.remoteAddress ?? "";
    this.#by = labeler(plan.by, router, random, local, (socket) => socket.localPort ?? 0);
    this.#for = labeler(plan.for, router, random, remote, (socket) => socket.remotePort ?? 0);
  }

  /** `socket`: the client's. `host`: what it asked for. */
  value(socket: Socket, host: string | undefined): string {
    const parts = [`by=${this.#by(socket)}`, `for=${this.#for(socket)}`];
    if (host !== undefined && host !== "") parts.push(`host=${quoted(host)}`);
    parts.push(`proto=${"encrypted" in socket && socket.encrypted === true ? "https" : "http"}`);
    return parts.join(";");
  }
}

function labeler(
  plan: LabelerPlan,
  router: string,
  random: () => number,
  ip: Party,
  port: (socket: Socket) => number,
): Party {
  switch (plan.kind) {
    case "static":
      return () => quoted(plan.label);
    case "router":
      return () => quoted(router);
    case "requestRandom":
      return () => randomLabel(random);
    case "connectionRandom": {
      const labels = new WeakMap<Socket, string>();
      return (socket) => {
        const known = labels.get(socket);
        if (known !== undefined) return known;
        const label = randomLabel(random);
        labels.set(socket, label);
        return label;
      };
    }
    case "ip":
      return (socket) => shownIp(ip(socket), undefined);
    case "ip:port":
      return (socket) => shownIp(ip(socket), port(socket));
  }
}

function shownIp(ip: string, port: number | undefined): string {
  if (ip === "") return "unknown";
  const host = ip.includes(":") ? `[${ip}]` : ip;
  return quoted(port === undefined ? host : `${host}:${port}`);
}

/** A token stays as it is; anything else is put in quotes. */
function quoted(text: string): string {
  return /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(text) ? text : `"${text.replace(/["\\]/g, "\\$&")}"`;
}

const alphanumeric = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

/** An obfuscated identifier (RFC 7239, 6.3): an underscore and six characters. */
function randomLabel(random: () => number): string {
  let label = "_";
  for (let i = 0; i < 6; i++) label += alphanumeric.charAt(Math.floor(random() * alphanumeric.length));
  return label;
}
