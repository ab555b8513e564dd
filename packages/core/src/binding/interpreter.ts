import { Name } from "../names/name.js";
import { NameTree } from "../names/nametree.js";
import { bindTree } from "./bind-tree.js";
import { delegate } from "./delegate.js";
import { type BuiltInNamer, globalNamer } from "./global-namer.js";
import { dtabLookup, namerChain } from "./lookup.js";
import type { InetResolver, Interpreter, MountedNamer } from "./namer.js";
import { settleTree } from "./settle.js";

export interface InterpreterOptions {
  /** In the order in which they are asked. */
  readonly namers?: readonly MountedNamer[];
  /** Resolves host names for /$/inet; without one only literal addresses work there. */
  readonly inet?: InetResolver | undefined;
  /** Kinds under /$/ beside those of `globalNamer`. */
  readonly extra?: readonly BuiltInNamer[];
  /** How many lookups may follow one another: 100 by default. */
  readonly maxDepth?: number;
  /** How many lookups one binding may hold at a time: 2,000 by default. */
  readonly maxLookups?: number;
}

/**
 * The interpreter that configurations call `default`: the dtab, then the mounted namers, then what is built in under /$/.
 * A binding moves only when routing moves (see `settleTree`); the addresses of its leaves move on their own.
 */
export function createInterpreter(options: InterpreterOptions = {}): Interpreter {
  const { inet, extra, maxDepth = 100, maxLookups = 2_000 } = options;
  const namers = namerChain(options.namers ?? [], globalNamer({ inet, extra }));
  return {
    bind(dtab, path, { usable } = {}) {
      const limits = { maxDepth, maxLookups };
      const bound = bindTree(
        dtabLookup(dtab, namers),
        NameTree.leaf(Name.path(path)),
        usable === undefined ? limits : { ...limits, usable },
      );
      return settleTree(bound);
    },
    delegate(dtab, path, { signal } = {}) {
      // An explanation follows what a binding stops before, so it gets more room.
      return delegate(namers, dtab, path, { maxDepth, maxLookups: 5 * maxLookups, signal });
    },
  };
}
