import { readFile } from "node:fs/promises";

interface Part {
  readonly file: URL;
  readonly type: string;
}

const parts: Readonly<Record<string, Part>> = {
  "/": { file: new URL("../../page/index.html", import.meta.url), type: "text/html" },
  "/page.css": { file: new URL("../../page/page.css", import.meta.url), type: "text/css" },
  "/page.js": { file: new URL("../../page/page.js", import.meta.url), type: "text/javascript" },
};

const HEADERS = {
  "cache-control": "no-cache",
  // The icon is an empty data: URL, so that browsers do not ask for one.
  "content-security-policy":
    "default-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  "referrer-policy": "no-referrer",
  vary: "accept",
  "x-content-type-options": "nosniff",
};

/** A part of the control page; undefined if something else is asked for, which includes `/` by whoever does not ask for HTML. */
export async function pagePart(path: string, accept: string): Promise<Response | undefined> {
  const part = Object.hasOwn(parts, path) ? parts[path] : undefined;
  if (part === undefined || (path === "/" && !/\btext\/html\b/i.test(accept))) return undefined;
  const headers = { ...HEADERS, "content-type": `${part.type}; charset=utf-8` };
  return new Response(await readFile(part.file, "utf8"), { headers });
}
