import { NoEndpointsError } from "@namerkit/client";
import { type Dtab, isNamerError, messageOf, type NamerError, type Path } from "@namerkit/core";
import { hostPort } from "../upstream/connect.js";
import { resolution } from "./resolution.js";
import { unableToConnect, unableToRoute } from "./texts.js";

/** What of a lease the texts speak of. */
export interface Selected {
  readonly service: Path;
  readonly id: Path;
  readonly residual: Path;
  readonly address: { readonly ip: string; readonly port: number };
  readonly addresses: readonly { readonly ip: string; readonly port: number }[];
}

export interface Failure {
  /** As metrics count it. */
  readonly code: string;
  readonly status: number;
  readonly text: string;
  /** True once the request has been given to a service. */
  readonly routed: boolean;
  /** It is what was asked for: no error of the proxy's, whatever the status. */
  readonly answer?: boolean;
  /** Nothing has reached an endpoint: whoever asked may ask again, whatever the method. */
  readonly retryable?: boolean;
  /** The request was not one that everybody would read alike: what follows it on its connection is not believed. */
  readonly last?: boolean;
}

const statuses: Readonly<Record<string, number>> = {
  PROXY_NOT_SUPPORTED: 501,
  PROXY_URI_TOO_LONG: 414,
  PROXY_HEADERS_TOO_LARGE: 431,
  PROXY_OVERLOADED: 503,
  PROXY_TIMEOUT: 503,
};

const distrusted: ReadonlySet<string> = new Set([
  "PROXY_BAD_REQUEST",
  "PROXY_NOT_SUPPORTED",
  "PROXY_URI_TOO_LONG",
  "PROXY_HEADERS_TOO_LARGE",
]);

/**
 * The answer to a request that was not taken. A coded error is the client's mistake, unless it is one of load, or of the catalogue that
 * an identifier goes by; anything else is ours.
 */
export function refusal(thrown: unknown): Failure {
  const code = codeOf(thrown);
  if (!isNamerError(thrown)) return { code, status: 502, text: messageOf(thrown), routed: false };
  const catalogue = code.startsWith("NAMER_");
  const retryable = catalogue || code === "PROXY_OVERLOADED";
  const last = distrusted.has(code);
  return {
    code,
    status: statuses[code] ?? (catalogue ? 503 : 400),
    text: thrown.message,
    routed: false,
    retryable,
    last,
  };
}

/** The answer where a time limit of the configuration, or of the request, is over. */
export function timeoutFailure(text: string): Failure {
  return { code: "PROXY_TIMEOUT", status: 503, text, routed: true };
}

/** The answer to a request whose name did not lead to an endpoint. */
export function namingFailure(error: NamerError, service: Path, base: Dtab, local: Dtab): Failure {
  const { code } = error;
  switch (code) {
    case "CLIENT_NO_ROUTE":
      return { code, status: 502, text: unableToRoute(service, base, local, undefined), routed: true };
    case "CLIENT_NO_ENDPOINTS":
      if (error instanceof NoEndpointsError) {
        const status = fixedStatus(error.id);
        if (status !== undefined) return { code, status, text: "", routed: true, answer: true };
      }
      return { code, status: 502, text: unableToRoute(service, base, local, error.message), routed: true };
    case "CLIENT_TOO_MANY_WAITING":
    case "CLOSED":
      return { code, status: 503, text: error.message, routed: false, retryable: true };
    default:
      return { code, status: 502, text: messageOf(error), routed: false };
  }
}

/** The status that a name of Linkerd's stands for, /$/io.buoyant.http.status/404. */
function fixedStatus(id: Path): number | undefined {
  for (let i = 0; i + 2 < id.size; i++) {
    if (id.at(i) === "$" && id.at(i + 1) === "io.buoyant.http.status") return Number(id.at(i + 2));
  }
  return undefined;
}

const maxCauses = 5;

/** The answer to a request that no endpoint took a connection for. `causes`: what each attempt ended with, at least one, of which the last few are shown. */
export function connectFailure(lease: Selected, dtab: Dtab, causes: readonly NamerError[]): Failure {
  const text = unableToConnect({
    service: lease.service.show(),
    client: lease.id.show(),
    addresses: lease.addresses.map((one) => hostPort(one.ip, one.port)),
    selected: hostPort(lease.address.ip, lease.address.port),
    causes: causes.slice(-maxCauses).map(messageOf),
    resolution: resolution(dtab, lease.service, lease.id, lease.residual),
  });
  return { code: causes.at(-1)?.code ?? "PROXY_CONNECT_FAILED", status: 502, text, routed: true, retryable: true };
}

/** The answer to a request that an endpoint took, and then failed. */
export function endpointFailure(
  { code, status, reason }: { readonly code: string; readonly status: number; readonly reason: string },
  lease: Selected | undefined,
): Failure {
  if (lease === undefined) return { code, status, text: reason, routed: true };
  const { service, client, address } = namesOf(lease);
  const text = `${reason}\n\nservice name: ${service}\nclient name: ${client}\nselected address: ${address}`;
  return { code, status, text, routed: true };
}

/** The same for a log line. */
export function namesOf(lease: Selected): { service: string; client: string; address: string } {
  const address = hostPort(lease.address.ip, lease.address.port);
  return { service: lease.service.show(), client: lease.id.show(), address };
}

/** What metrics call an error: its code, if it has one (ours, node's and undici's do), else its name. */
export function codeOf(thrown: unknown): string {
  if (!(thrown instanceof Error)) return "UNKNOWN";
  return "code" in thrown && typeof thrown.code === "string" && thrown.code !== "" ? thrown.code : thrown.name;
}

/** undici refused to write the request; no other endpoint would get it either. */
export function unsendable(error: Error): boolean {
  const code = "code" in error && typeof error.code === "string" ? error.code : "";
  return code === "UND_ERR_INVALID_ARG" || code === "UND_ERR_NOT_SUPPORTED";
}
