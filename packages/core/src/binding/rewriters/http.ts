import { Path } from "../../names/path.js";
import { nonEmpty, pieces, type Rewriter, textAt } from "./rewriter.js";

const method = /^[A-Z]+$/;
const host = /^[A-Za-z0-9.:_-]+$/;

/** /METHOD/rest → /rest */
export const anyMethod: Rewriter = (path) => (matches(path, 0, method) ? path.drop(1) : undefined);

/** /pfx/METHOD/rest → /pfx/rest */
export const anyMethodPfx: Rewriter = (path) => without(path, 1, method);

/** /host/rest → /rest */
export const anyHost: Rewriter = (path) => (matches(path, 0, host) ? path.drop(1) : undefined);

/** /pfx/host/rest → /pfx/rest */
export const anyHostPfx: Rewriter = (path) => without(path, 1, host);

/** /domain/sub.domain/rest → /sub/rest */
export const subdomainOf: Rewriter = (path) => {
  const sub = subdomain(textAt(path, 0), textAt(path, 1));
  return sub === undefined ? undefined : Path.of(sub).concat(path.drop(2));
};

/** /domain/pfx/sub.domain/rest → /pfx/sub/rest */
export const subdomainOfPfx: Rewriter = (path) => {
  const sub = subdomain(textAt(path, 0), textAt(path, 2));
  return sub === undefined ? undefined : path.take(2).drop(1).concat(Path.of(sub)).concat(path.drop(3));
};

/** /foo.example.com/rest → /com/example/foo/rest. A port stays where it was written: on the last label, now the first element. */
export const domainToPath: Rewriter = (path) => {
  const labels = reversed(textAt(path, 0));
  return labels && Path.of(...labels).concat(path.drop(1));
};

/** /pfx/foo.example.com/rest → /pfx/com/example/foo/rest */
export const domainToPathPfx: Rewriter = (path) => {
  const labels = reversed(textAt(path, 1));
  return (
    labels &&
    path
      .take(1)
      .concat(Path.of(...labels))
      .concat(path.drop(2))
  );
};

function matches(path: Path, index: number, pattern: RegExp): boolean {
  const text = textAt(path, index);
  return text !== undefined && pattern.test(text);
}

function without(path: Path, index: number, pattern: RegExp): Path | undefined {
  return matches(path, index, pattern) ? path.take(index).concat(path.drop(index + 1)) : undefined;
}

function subdomain(domain: string | undefined, name: string | undefined): string | undefined {
  if (domain === undefined || name === undefined || !host.test(domain) || !host.test(name)) return undefined;
  const colon = name.indexOf(":");
  const bare = colon > 0 ? name.slice(0, colon) : name;
  const suffix = `.${domain}`;
  return bare.endsWith(suffix) && bare.length > suffix.length ? bare.slice(0, -suffix.length) : undefined;
}

function reversed(name: string | undefined): readonly string[] | undefined {
  if (name === undefined || !host.test(name)) return undefined;
  return nonEmpty(pieces(name, "."), name).toReversed();
}
