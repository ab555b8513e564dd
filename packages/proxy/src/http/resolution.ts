import { type Dentry, type Dtab, globalNamer, NameTree, Path } from "@namerkit/core";

const builtIn = Path.of("$");
const rewrite = globalNamer();
const maxSteps = 100;
/** Entries and path elements looked at. A table that multiplies must not hold up everybody else, and a client may have sent it. */
const maxWork = 20_000;

/**
 * The steps by which a dtab leads from a service name to the bound id, as text for an error body:
 * `/svc/web`, then `/host/web (/svc=>/host)` and so on. Nothing is looked up: only what follows from the dtab and the built-in
 * rewriters is followed, so a step inside a namer or a transformer shows as the bound id without a reason.
 */
export function resolution(dtab: Dtab, service: Path, id: Path, residual: Path): readonly string[] {
  const found = new Search(dtab, id.stripTransformerPrefix()).from(service, 0) ?? [];
  const steps = [service.show(), ...found];
  const last = steps.at(-1)?.split(" ")[0];
  const shown = id.show();
  if (last !== shown && last !== id.concat(residual).show()) return [...steps, shown];
  return steps;
}

class Search {
  /** The last written comes first. */
  readonly #entries: readonly { readonly entry: Dentry; readonly leaves: readonly Path[] }[];
  readonly #goal: Path;
  #work = 0;

  constructor(dtab: Dtab, goal: Path) {
    this.#entries = dtab.entries.map((entry) => ({ entry, leaves: NameTree.leaves(entry.dst) })).reverse();
    this.#goal = goal;
  }

  /** The steps after `path` as far as the goal; none if it is the goal itself. Undefined: they were not found. */
  from(path: Path, depth: number): readonly string[] | undefined {
    if (path.startsWith(this.#goal)) return [];
    if (depth >= maxSteps) return undefined;
    for (const { entry, leaves } of this.#entries) {
      if (++this.#work > maxWork) return undefined;
      if (!entry.prefix.matches(path)) continue;
      const rest = path.drop(entry.prefix.size);
      for (const leaf of leaves) {
        for (const next of rewritten(leaf.concat(rest))) {
          this.#work += 1 + next.size;
          if (this.#work > maxWork) return undefined;
          const further = this.from(next, depth + 1);
          if (further === undefined) continue;
          return [`${next.show()} (${entry.prefix.show()}=>${NameTree.show(entry.dst)})`, ...further];
        }
      }
    }
    return undefined;
  }
}

/** What rewriters such as /$/io.buoyant.http.domainToPathPfx make of a path: they only compute, and answer at once. */
function rewritten(path: Path): readonly Path[] {
  if (!path.startsWith(builtIn)) return [path];
  const answer = rewrite(path).run.sample();
  if (answer.status !== "ok") return [path];
  const paths = NameTree.leaves(answer.value).flatMap((name) => (name.type === "path" ? [name.path] : []));
  return paths.length === 0 ? [path] : paths;
}
