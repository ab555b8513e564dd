import type { Addr } from "../names/addr.js";
import { Dtab } from "../names/dtab.js";
import { Path } from "../names/path.js";
import type { Var } from "../values/var.js";
import { createInterpreter } from "./interpreter.js";
import type { InetResolver, Namer } from "./namer.js";
import { resolve } from "./resolve.js";

/**
 * The addresses of one name of one namer, live, for programs that need neither a dtab nor a proxy. Nothing is asked before it is
 * observed. `path` is below the namer's prefix, as `/http/shop/web`; a text that is no path throws PATH_INVALID.
 *
 * ```js
 * for await (const addr of addressesOf(namer, "/http/shop/web").changes()) console.log(addr);
 * ```
 */
export function addressesOf(
  namer: Namer,
  path: Path | string,
  options: { readonly inet?: InetResolver } = {},
): Var<Addr> {
  const below = typeof path === "string" ? Path.parse(path) : path;
  const interpreter = createInterpreter({ namers: [{ prefix: mounted, namer }], inet: options.inet });
  return resolve(interpreter.bind(Dtab.empty, mounted.concat(below)));
}

/** Where the namer stands, for as long as this takes. Ids have the prefix that the namer itself gives them. */
const mounted = Path.of("#", "namer");
