import { isIPv6 } from "node:net";
import { NamerError } from "@namerkit/core";

/** Where an agent is. */
export interface AgentAddress {
  /** For people: scheme, host and port, or unix:// and the path. */
  readonly shown: string;
  /** What paths of the API are appended to: no slash at its end. */
  readonly base: string;
  /** As Linkerd sends it: host:port, but a bare host for the ports 80 and 443. */
  readonly hostHeader: string;
  readonly secure: boolean;
  readonly socketPath: string | undefined;
}

/**
 * @param text a host with or without a port, a URL with or without a path, or unix:///path
 * @param port for hosts without one; a URL without one has that of its scheme
 * @param secure whether a text without a scheme means https
 * @throws NamerError NAMER_CONFIG
 */
export function agentAddress(text: string, port: number, secure: boolean): AgentAddress {
  if (text.startsWith("unix://")) return socketAddress(text, text.slice("unix://".length));
  const hasScheme = /^[a-z][a-z0-9+.-]*:\/\//i.test(text);
  const url = urlOf(hasScheme ? text : `${secure ? "https" : "http"}://${isIPv6(text) ? `[${text}]` : text}`);
  if (url === undefined || !/^https?:$/.test(url.protocol) || url.search !== "" || url.hash !== "") throw invalid(text);
  // It would be sent as a password, and be shown where addresses are.
  if (url.username !== "" || url.password !== "") throw invalid("(an address with a user)");
  if (!hasScheme && url.pathname !== "/") throw invalid(text);
  if (!hasScheme && !hasPort(text)) url.port = String(port);
  const isSecure = url.protocol === "https:";
  const realPort = url.port === "" ? (isSecure ? 443 : 80) : Number(url.port);
  return {
    shown: `${url.protocol}//${url.hostname}:${realPort}${url.pathname.replace(/\/+$/, "")}`,
    base: url.href.replace(/\/+$/, ""),
    hostHeader: realPort === 80 || realPort === 443 ? url.hostname : `${url.hostname}:${realPort}`,
    secure: isSecure,
    socketPath: undefined,
  };
}

function socketAddress(text: string, path: string): AgentAddress {
  if (!path.startsWith("/") || path.includes("\0")) throw invalid(text);
  return { shown: text, base: "http://localhost", hostHeader: "localhost", secure: false, socketPath: path };
}

function hasPort(text: string): boolean {
  return !isIPv6(text) && /:\d+$/.test(text);
}

function urlOf(text: string): URL | undefined {
  return URL.canParse(text) ? new URL(text) : undefined;
}

function invalid(text: string): NamerError {
  return new NamerError(
    "NAMER_CONFIG",
    `${text} is no address of a Consul agent: expected host, host:port, a URL or unix:///path`,
  );
}
