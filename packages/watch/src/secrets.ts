/** Names of headers and query parameters whose values are not for logs. Rather one too many. */
const SECRET_NAME =
  /token|secret|passw|pwd|credential|auth|cookie|signature|session|jwt|api[-_]?key|^key$|^sig$|^code$/i;

/** Shorter ones would blot out half of a message without protecting anything. */
const SHORTEST = 4;

export function isSecretName(name: string): boolean {
  return SECRET_NAME.test(name);
}

/** Everything in a request that must not come out again, however a server may quote it. Longest first. */
export function secretsOf(url: URL, headers: Readonly<Record<string, string>>): readonly string[] {
  const secrets = new Set<string>([url.password, decoded(url.password)]);
  for (const [name, value] of url.searchParams) {
    if (isSecretName(name)) secrets.add(value).add(encodeURIComponent(value));
  }
  for (const [name, value] of Object.entries(headers)) {
    // Of `Bearer abc` both the whole and the token.
    if (isSecretName(name)) for (const part of [value, ...value.split(/[\s;,]+/)]) secrets.add(part);
  }
  return [...secrets].filter((one) => one.length >= SHORTEST && !/^(bearer|basic|token)$/i.test(one)).sort(byLength);
}

export function redact(text: string, secrets: readonly string[]): string {
  return secrets.reduce((rest, secret) => rest.replaceAll(secret, "***"), text);
}

function byLength(a: string, b: string): number {
  return b.length - a.length;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
