/** Where the next page of a list begins. As the API server's own, so that clients which look into it see what they expect. */
export interface ContinueToken {
  /** Of the list; -1: whatever is there now. */
  readonly version: number;
  /** The last key of the page before, without the namespace that was asked for. */
  readonly after: string;
}

export function encodeContinue({ version, after }: ContinueToken): string {
  const start = version === -1 ? `${after}\0` : `/${after}\0`;
  return Buffer.from(JSON.stringify({ v: "meta.k8s.io/v1", rv: version, start })).toString("base64url");
}

/** Undefined if it is none. */
export function decodeContinue(text: string): ContinueToken | undefined {
  try {
    const { rv, start } = JSON.parse(Buffer.from(text, "base64url").toString("utf8")) as {
      rv: unknown;
      start: unknown;
    };
    if (typeof rv !== "number" || typeof start !== "string") return undefined;
    return { version: rv, after: start.replace(/^\//, "").replace(/\0$/, "") };
  } catch {
    return undefined;
  }
}
