import type { ConfigNode } from "./document/node.js";

const SECRET_KEY = /token|passw|passphrase|pwd|secret|credential|api-?_?key|private-?_?key|authorization|^auth$/i;
/** Keys that look secret by name and are not: they say which header or file to use, not what is in it. */
const NOT_SECRET = /(file|path|header|env)$|^kind$/i;
const SHORTEST = 3;

/** Shown instead of a secret. */
export const REDACTED = "***";

/** Whether what stands under this key must never be shown. */
export function isSecretKey(key: string): boolean {
  return SECRET_KEY.test(key) && !NOT_SECRET.test(key);
}

/** A copy of a configuration, as plain data, with every secret replaced; for showing it. */
export function redactConfig(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(redactConfig);
  if (typeof value === "string") return withoutUrlCredentials(value);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [
      key,
      isSecretKey(key) && inner !== null ? REDACTED : redactConfig(inner),
    ]),
  );
}

/** Every text that stands under a secret key, longest first, so that none survives as part of another. */
export function secretsIn(root: ConfigNode): readonly string[] {
  const found = new Set<string>();
  const walk = (node: ConfigNode, secret: boolean): void => {
    if (node.type === "scalar") {
      if (!secret || node.value === null || typeof node.value === "boolean") return;
      for (const text of [String(node.value), node.raw]) if (text.length >= SHORTEST) found.add(text);
    } else if (node.type === "list") for (const item of node.items) walk(item, secret);
    else for (const entry of node.entries) walk(entry.value, secret || isSecretKey(entry.key));
  };
  walk(root, false);
  return [...found].sort((a, b) => b.length - a.length);
}

/** The text with the secrets taken out, and with them the user part of any URL. */
export function redactText(text: string, secrets: readonly string[]): string {
  let clean = withoutUrlCredentials(text);
  for (const secret of secrets) clean = clean.replaceAll(secret, REDACTED);
  return clean;
}

/** The user part of a URL, and what stands in its query under a secret name. */
function withoutUrlCredentials(text: string): string {
  return text
    .replace(/:\/\/[^\s/@]{1,512}@/g, `://${REDACTED}@`)
    .replace(/([?&])([\w.-]{1,64})=([^&#\s"']{1,4096})/g, (whole, before: string, key: string) =>
      isSecretKey(key) ? `${before}${key}=${REDACTED}` : whole,
    );
}
