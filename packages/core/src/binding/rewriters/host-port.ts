import { Path } from "../../names/path.js";
import { nonEmpty, pieces, type Rewriter, textAt } from "./rewriter.js";

// A DNS label as Kubernetes writes it, except that a hyphen may end it. Two character classes in a row would backtrack: one will do.
const portLabel = /^[a-z0-9][-a-z0-9]{0,62}$/;

function hostPort(path: Path): readonly [string, string] | undefined {
  const text = textAt(path, 1);
  if (text === undefined) return undefined;
  const [host, port, ...more] = pieces(text, ":");
  if (host === undefined || port === undefined || more.length > 0 || !portLabel.test(port)) return undefined;
  nonEmpty([host], text);
  return [host, port];
}

/** /pfx/host:port/rest → /pfx/host/port/rest */
export const hostportPfx: Rewriter = (path) => {
  const found = hostPort(path);
  return found && path.take(1).concat(Path.of(found[0], found[1])).concat(path.drop(2));
};

/** /pfx/host:port/rest → /pfx/port/host/rest */
export const porthostPfx: Rewriter = (path) => {
  const found = hostPort(path);
  return found && path.take(1).concat(Path.of(found[1], found[0])).concat(path.drop(2));
};
