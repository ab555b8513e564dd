import { oneLine } from "./one-line.js";
import { isSecretName } from "./secrets.js";

const MAX = 300;

/** A URL for logs, errors and status: no user, no password, no fragment, and no value of a query parameter that may be a secret. */
export function safeUrl(url: string | URL): string {
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
