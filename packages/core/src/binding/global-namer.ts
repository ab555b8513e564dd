import { NamerError, toNamerError } from "../errors.js";
import { Addr } from "../names/addr.js";
import { Name } from "../names/name.js";
import { NameTree } from "../names/nametree.js";
import type { Path } from "../names/path.js";
import { Activity } from "../values/activity.js";
import { Var } from "../values/var.js";
import { inetAddr, javaInt } from "./inet.js";
import { ask, type Lookup } from "./lookup.js";
import type { InetResolver, Namer } from "./namer.js";
import { rewriters } from "./rewriters/table.js";

/** A namer that answers /$/<kind>/…; it is given the path after the kind. */
export interface BuiltInNamer {
  readonly kind: string;
  readonly namer: Namer;
}

export interface GlobalNamerOptions {
  /** Resolves the host names of /$/inet and /$/io.buoyant.rinet. Without one only literal addresses work there. */
  readonly inet?: InetResolver | undefined;
  /** Further kinds, asked before the ones below. */
  readonly extra?: readonly BuiltInNamer[] | undefined;
}

/**
 * What is built in, under /$/, and asked last:
 *
 * | path | answer |
 * |---|---|
 * | /$/inet/host/port/residual | addresses of the host; live, if the resolver's are |
 * | /$/inet/port/residual | this host's loopback |
 * | /$/io.buoyant.rinet/port/host/residual | as inet, but bare IPv6 addresses are understood |
 * | /$/nil, /$/empty | Empty: exists, without members |
 * | /$/fail | Fail: no alternative is tried |
 * | /$/io.buoyant.http.status/code/residual | no addresses: an HTTP proxy answers with that status, 200 to 599 |
 * | /$/io.buoyant.hostportPfx …, /$/io.buoyant.http.anyMethod … | another path (folder rewriters) |
 * | /$/anything.else | Failed with NAMER_UNKNOWN |
 *
 * Every other path is Neg.
 */
export function globalNamer(options: GlobalNamerOptions = {}): Lookup {
  const extra = new Map(options.extra?.map(({ kind, namer }) => [kind, namer]));
  return (path) => {
    if (path.size < 2 || path.at(0) !== "$") return neg;
    const kind = path.at(1);
    const named = extra.get(kind);
    if (named !== undefined) return ask(named, path.drop(2));
    switch (kind) {
      case "inet":
      case "fixedinet":
        return inet(path, options.inet) ?? unknown(path);
      case "io.buoyant.rinet":
        if (path.size < 4) return neg;
        return bound(path, 4, inetAddr(path.at(3), path.at(2), options.inet, true));
      case "io.buoyant.http.status":
        return path.size > 2 && /^[2-5][0-9]{2}$/.test(path.at(2)) ? bound(path, 3, nowhere) : neg;
      case "fail":
        return fail;
      case "nil":
      case "empty":
        return empty;
    }
    const rewrite = rewriters.get(kind);
    if (rewrite === undefined) return unknown(path);
    try {
      const rewritten = path.size > 2 ? rewrite(path.drop(2)) : undefined;
      return rewritten === undefined ? neg : Activity.value(NameTree.leaf(Name.path(rewritten)));
    } catch (thrown) {
      return Activity.failed(toNamerError(thrown, "BIND_THREW"));
    }
  };
}

type Answer = Activity<NameTree<Name>>;

const neg: Answer = Activity.value<NameTree<Name>>(NameTree.neg);
const fail: Answer = Activity.value<NameTree<Name>>(NameTree.fail);
const empty: Answer = Activity.value<NameTree<Name>>(NameTree.empty);
const nowhere = Var.value(Addr.bound([]));

/** Host and port where the fourth element is a number, even if the host is one too; otherwise a port alone. */
function inet(path: Path, resolver: InetResolver | undefined): Answer | undefined {
  if (path.size >= 4 && javaInt(path.at(3)) !== undefined)
    return bound(path, 4, inetAddr(path.at(2), path.at(3), resolver, false));
  if (path.size >= 3 && path.at(1) === "inet" && javaInt(path.at(2)) !== undefined)
    return bound(path, 3, inetAddr("", path.at(2), resolver, false));
  return undefined;
}

function bound(path: Path, size: number, addr: ReturnType<typeof inetAddr>): Answer {
  return Activity.value(NameTree.leaf(Name.bound(path.take(size), path.drop(size), addr)));
}

function unknown(path: Path): Answer {
  return Activity.failed(new NamerError("NAMER_UNKNOWN", `Unknown namer: ${path.at(1)} for path: ${path.show()}`));
}
