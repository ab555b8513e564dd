import { oneLine } from "./one-line.js";
import { isSecretName } from "./secrets.js";

const MAX = 300;
/** As `new URL` would write it: a lower-case scheme and host, no user, a path that goes nowhere odd, no fragment. */
const PLAIN =
  /^https?:\/\/(?:[a-z](?:[a-z0-9.-]*[a-z])?|127\.0\.0\.1|10(?:\.[1-9]\d{0,2}){3})(?::[1-9]\d*)?(?:\/[\w~%!$&'()*+,;=:-][\w.~%!$&'()*+,;=:-]*)+(?:\?[\w.~!$&()*+,;=:/-]+)?$/;
/** Which `new URL` would leave out. */
const USUAL_PORT = /^(?:http:\/\/[^/]*:80|https:\/\/[^/]*:443)\//;
/** Names that are secret only as a whole. */
const SHORT_SECRET = /[?&](?:key|sig|code)=/i;

/** A URL for logs, errors and status: no user, no password, no fragment, and no value of a query parameter that may be a secret. */
export function safeUrl(url: string | URL): string {
  // Most are nothing but letters and a query that holds no secret: these need not be taken apart, which costs more than all the rest.
  if (typeof url === "string" && url.length <= MAX && PLAIN.test(url)) {
    if (!isSecretName(url) && !SHORT_SECRET.test(url) && !USUAL_PORT.test(url)) return url;
  }
  const parsed = tryParse(url);
  if (parsed === undefined) return "(not a URL)";
  const query = parsed.search.slice(1);
  const shown = query === "" ? "" : `?${query.split("&").map(safePair).join("&")}`;
  return oneLine(`${parsed.protocol}//${parsed.host}${parsed.pathname}${shown}`, MAX);
}

function safePair(pair: string): string {
  const at = pair.indexOf("=");
  return at >= 0 && isSecretName(unescaped(pair.slice(0, at))) ? `${pair.slice(0, at)}=***` : pair;
}

function unescaped(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function tryParse(url: string | URL): URL | undefined {
  try {
    return new URL(url);
  } catch {
    return undefined;
  }
}
