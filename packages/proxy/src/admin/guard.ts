import { isIP } from "node:net";

/** Who may ask, as far as a browser tells: see `refusal`. */
export interface GuardOptions {
  /** The address the admin server is bound to. */
  readonly ip: string;
  /** Further names by which the admin server is reached, in lower case, without ports. */
  readonly hosts: readonly string[];
  /** Whether it is asked over TLS. */
  readonly secure?: boolean;
}

const wildcards: ReadonlySet<string> = new Set(["0.0.0.0", "::", "::0"]);

/**
 * Why a request is refused, if it is. A page on the web can make a browser send requests here under a name of its own that
 * resolves to this machine (DNS rebinding), so the Host has to be a loopback name, the address bound to, or a name the
 * configuration gives; bound to every address, any literal address will do, as an address cannot be rebound. And it can
 * post forms here, so a POST has to come from the same origin, or from no page at all.
 */
export function refusal(
  request: { method: string; host: string | undefined; origin: string | undefined; fetchSite: string | undefined },
  options: GuardOptions,
): string | undefined {
  // Only HTTP/1.0 comes without Host, and that is no browser.
  if (request.host !== undefined && !hostAllowed(request.host, options)) {
    return "the Host of the request is not a name of this admin server";
  }
  if (request.method === "GET" || request.method === "HEAD") return undefined;
  const site = request.fetchSite;
  if (site !== undefined && site !== "same-origin" && site !== "none") return "cross-site requests are refused";
  const own = `${options.secure ? "https" : "http"}://${request.host?.toLowerCase()}`;
  if (request.origin !== undefined && request.origin.toLowerCase() !== own) {
    return "cross-site requests are refused";
  }
  return undefined;
}

function hostAllowed(host: string, { ip, hosts }: GuardOptions): boolean {
  const name = hostName(host);
  if (name === undefined) return false;
  if (name === "localhost" || name === ip || hosts.includes(name)) return true;
  if (isIP(name) === 0) return false;
  return name === "::1" || (isIP(name) === 4 && name.startsWith("127.")) || wildcards.has(ip);
}

/** The host without port and brackets, in lower case; undefined where it is malformed. */
function hostName(host: string): string | undefined {
  const matched = /^(?:\[([0-9a-f:.]+)\]|([a-z0-9._-]+))(?::[0-9]{1,5})?$/i.exec(host.trim());
  return (matched?.[1] ?? matched?.[2])?.toLowerCase();
}
