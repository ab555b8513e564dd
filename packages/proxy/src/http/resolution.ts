import { type Dtab, globalNamer, NameTree, Path } from "@namerkit/core";

const builtIn = Path.of("$");
const rewrite = globalNamer();
const maxSteps = 100;
const maxVisits = 1_000;

/**
 * The steps by which a dtab leads from a service name to the bound id, as text for an error body:
 * `/svc/web`, then `/host/web (/svc=>/host)` and so on. Nothing is looked up: only what follows from the dtab and the built-in
 * rewriters is followed, so a step inside a namer or a transformer shows as the bound id without a reason.
 */
export function resolution(dtab: Dtab, service: Path, id: Path, residual: Path): readonly string[] {
  const bound = id.stripTransformerPrefix();
  const goals = [bound.concat(residual).show(), bound.show()];
  const search = new Search(dtab, (path) => goals.includes(path.show()) || path.startsWith(bound));
  const found = search.from(service, 0);
  const steps = found ?? [service.show()];
  const last = steps.at(-1)?.split(" ")[0];
  const shown = id.show();
  if (last !== shown && last !== id.concat(residual).show()) return [...steps, shown];
  return steps;
}

class Search {
  readonly #dtab: Dtab;
  readonly #reached: (path: Path) => boolean;
  #visits = 0;

  constructor(dtab: Dtab, reached: (path: Path) => boolean) {
    this.#dtab = dtab;
    this.#reached = reached;
  }

  from(path: Path, depth: number, reason = ""): readonly string[] | undefined {
    const here = path.show() + reason;
    if (this.#reached(path)) return [here];
    if (depth >= maxSteps || ++this.#visits > maxVisits) return undefined;
    const { entries } = this.#dtab;
    for (let i = entries.length - 1; i >= 0; i--) {
      const entry = entries[i];
      if (entry === undefined || !entry.prefix.matches(path)) continue;
      const rest = path.drop(entry.prefix.size);
      for (const leaf of NameTree.leaves(entry.dst)) {
        const why = ` (${entry.prefix.show()}=>${NameTree.show(entry.dst)})`;
        for (const next of rewritten(leaf.concat(rest))) {
          const further = this.from(next, depth + 1, why);
          if (further !== undefined) return [here, ...further];
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
