import {
  Activity,
  address,
  Name,
  type Namer,
  NamerError,
  NameTree,
  Path,
  type PluginEnv,
  State,
  Var,
  type WatchContext,
  watchAll,
} from "@namerkit/core";
import type { SourceSettings, Subject } from "../src/scenarios.js";
import { type MemoryBackend, memoryNamer, memorySubject, type Services } from "./memory-namer.js";
import type { Mutant } from "./mutant.js";

type Tree = State<NameTree<Name>>;
type Make = (settings: SourceSettings, env: PluginEnv, backend: MemoryBackend) => Namer;

const good: Make = (settings, env, backend) => memoryNamer(env, settings, ({ signal }) => backend.watch(signal));

function subject(make: Make): Subject {
  return {
    ...memorySubject,
    create: (_, settings, env, backend) => make(settings, env, backend),
  } as Subject<MemoryBackend> as Subject;
}

/** The good namer, with what it shows of a name changed. */
function showing(change: (run: Var<Tree>, namer: Namer, path: Path) => Var<Tree>): Subject {
  return subject((settings, env, backend) => {
    const namer = good(settings, env, backend);
    return {
      lookup: (path) => Activity.of(change(namer.lookup(path).run, namer, path)),
      statusOf: (path) => namer.statusOf?.(path) ?? Var.value(undefined),
      enumerate: () => namer.enumerate?.() ?? Activity.value([]),
      state: () => namer.state?.(),
    };
  });
}

/** The good namer, with each leaf changed. */
function leaves(change: (leaf: Extract<Name, { type: "bound" }>) => Name): Subject {
  return showing((run) =>
    run.map((state) => {
      if (state.status !== "ok" || state.value.type !== "leaf" || state.value.value.type !== "bound") return state;
      return State.ok(NameTree.leaf(change(state.value.value)));
    }),
  );
}

function watching(watch: (backend: MemoryBackend, context: WatchContext) => AsyncIterable<Services>): Subject {
  return subject((settings, env, backend) => memoryNamer(env, settings, (context) => watch(backend, context)));
}

function without(option: keyof SourceSettings): Subject {
  return subject((settings, env, backend) => good({ ...settings, [option]: undefined }, env, backend));
}

const failure = new NamerError("NAMER_UNAVAILABLE", "contact is lost");

export const brokenInMemory: readonly Mutant[] = [
  {
    name: "turns a failure into an empty catalogue",
    subject: watching(async function* (backend, { signal }) {
      try {
        yield* backend.watch(signal);
      } catch {
        yield new Map();
        await new Promise(() => {});
      }
    }),
    fails: ["last-good.restart", "last-good.status", "pending.cause"],
    also: /^(last-good|pending|observability|warm-start)\./,
    says: /trees of the two names while it is away: \[1 \| 1\]\nseen: {5}\[2 \| 2\]/,
  },
  {
    name: "moves the tree with the addresses",
    subject: showing((run) =>
      run.flatMap((state) => {
        if (state.status !== "ok" || state.value.type !== "leaf" || state.value.value.type !== "bound")
          return Var.value(state);
        const { id, residual, addr } = state.value.value;
        return addr.map((now): Tree => State.ok(NameTree.leaf(Name.bound(id, residual, Var.value(now)))));
      }),
    ),
    fails: ["names.two-levels"],
    also: /^(names|last-good|emptiness|eviction|parsing|warm-start)\./,
    says: /trees with a leaf, from one instance to five and back: 1\nseen: {5}3\nusers: .*rebuild clients/s,
  },
  {
    name: "makes a new inner Var when a name comes back",
    subject: leaves(({ id, residual, addr }) =>
      Name.bound(
        id,
        residual,
        addr.map((now) => now),
      ),
    ),
    fails: ["names.identity"],
    also: /^(names\.|last-good\.max-stale)/,
    says: /inner Vars: 1/,
  },
  {
    name: "takes the residual into the id",
    subject: leaves(({ id, residual, addr }) => Name.bound(id.concat(residual), Path.empty, addr)),
    fails: ["names.residual"],
    says: /residual: \/v1\/users/,
  },
  {
    name: "starts a watch for each observer",
    subject: subject((settings, env, backend) => {
      let last = good(settings, env, backend);
      return {
        lookup: (path) => {
          last = good(settings, env, backend);
          return last.lookup(path);
        },
        statusOf: (path) => last.statusOf?.(path) ?? Var.value(undefined),
        state: () => last.state?.(),
      };
    }),
    fails: ["names.sharing"],
    also: /^(names|pending|last-good|eviction|observability)\./,
    says: /who comes later has the answer at once/,
  },
  {
    name: "never leaves pending",
    subject: showing((run) => run.map((state) => (state.status === "failed" ? State.pending : state))),
    fails: ["pending.cause"],
    also: /^(pending\.late-joiner|last-good\.max-stale|warm-start\.too-old)$/,
    says: /is \/\^failed\/, within 1\.2 s\nseen: {5}pending/,
  },
  {
    name: "forgets the last good answer",
    subject: showing((run, namer, path) =>
      Var.join(run, namer.statusOf?.(path) ?? Var.value(undefined)).map(([state, status]) =>
        status?.state === "stale" ? State.failed(failure) : state,
      ),
    ),
    fails: ["last-good.status", "last-good.joiner"],
    also: /./,
    says: /address sets: \[10\.0\.0\.1:80\]/,
  },
  {
    name: "keeps the watch of whoever has gone",
    subject: showing((run) => Activity.async<NameTree<Name>>((set) => void run.observe(set)).run),
    fails: ["closing.again", "eviction.linger", "names.references"],
    also: /^(closing|eviction|names|observability|warm-start)\./,
    says: /nothing is open any more after the last observer has gone/,
  },
  {
    name: "begins before anybody observes",
    subject: subject((settings, env, backend) => {
      const namer = good(settings, env, backend);
      namer.lookup(Path.parse("/eager")).run.observe(() => {});
      return namer;
    }),
    fails: ["names.lazy"],
    // Somebody observes all the time, and most of what is seen of others is not as it should be.
    also: /./,
    says: /connections or watches without an observer: 0\nseen: {5}1/,
  },
  {
    name: "takes another order for a change",
    subject: subject((settings, env, backend) =>
      watchAll<"service", Services>(env, {
        segments: ["service"],
        options: settings,
        canonical: ({ service }) => ({ service: service.toLowerCase() }),
        watch: ({ signal }) => backend.watch(signal),
        pick: (all, { service }) =>
          all.get(service)?.map(({ ip, port }, i) => address(ip, port, { meta: { place: String(i) } })),
      }),
    ),
    fails: ["parsing.touch"],
    says: /address sets of \/web: 1/,
  },
  {
    name: "gives the whole service up for one odd entry",
    subject: subject((settings, env, backend) =>
      watchAll<"service", Services>(env, {
        segments: ["service"],
        options: settings,
        canonical: ({ service }) => ({ service: service.toLowerCase() }),
        watch: ({ signal }) => backend.watch(signal),
        pick: (all, { service }) =>
          all.get(service)?.map(({ ip, port }) => {
            if (ip === "") throw new NamerError("NAMER_ANSWER", "an entry without an address");
            return address(ip, port);
          }),
      }),
    ),
    fails: ["parsing.odd", "parsing.odd-first"],
    says: /a counter of what was skipped/,
  },
  {
    name: "knows one spelling only",
    subject: subject((settings, env, backend) =>
      watchAll<"service", Services>(env, {
        segments: ["service"],
        options: settings,
        watch: ({ signal }) => backend.watch(signal),
        pick: (all, { service }) => all.get(service.toLowerCase())?.map(({ ip, port }) => address(ip, port)),
      }),
    ),
    fails: ["names.spellings"],
    says: /id of \/WEB: \/#\/under\.test\/web\nseen: {5}\/#\/under\.test\/WEB/,
  },
  {
    name: "names a series by each key",
    subject: subject((settings, env, backend) => {
      const namer = good(settings, env, backend);
      return Object.assign(Object.create(namer) as Namer, {
        lookup: (path: Path) => {
          env.metrics.scope(path.show()).counter("lookups").add();
          return namer.lookup(path);
        },
        statusOf: (path: Path) => namer.statusOf?.(path) ?? Var.value(undefined),
        state: () => namer.state?.(),
        enumerate: () => namer.enumerate?.() ?? Activity.value([]),
      });
    }),
    fails: ["eviction.invented"],
    says: /series with their names/,
  },
  {
    name: "has a state that goes in a circle",
    subject: subject((settings, env, backend) => {
      const circle: { self?: unknown } = {};
      circle.self = circle;
      return Object.assign(good(settings, env, backend), { state: () => circle });
    }),
    fails: ["observability.state"],
    also: /^eviction\.invented$/,
    says: /can be written as JSON before anything is observed/,
  },
  {
    name: "logs each failure",
    subject: subject((settings, env, backend) =>
      good(settings, { ...env, log: { ...env.log, debug: env.log.warn } }, backend),
    ),
    fails: ["observability.log"],
    says: /no more than 20 lines/,
  },
  {
    name: "ignores emptyGraceMs",
    subject: without("emptyGraceMs"),
    fails: ["emptiness.held", "emptiness.passing", "emptiness.catalogue"],
    says: /addresses during the grace time/,
  },
  {
    name: "ignores snapshotFile",
    subject: without("snapshotFile"),
    fails: ["warm-start.shown", "warm-start.too-old", "warm-start.overruled", "warm-start.broken-file"],
    says: /the addresses in the file\nseen: {5}no file/,
  },
  {
    name: "ignores maxStaleMs",
    subject: without("maxStaleMs"),
    fails: ["last-good.max-stale"],
    also: /^warm-start\.too-old$/,
    says: /is failed NAMER_STALE/,
  },
  {
    name: "ignores whenUnavailable",
    subject: without("whenUnavailable"),
    fails: ["pending.when-unavailable-neg"],
    says: /is neg, within/,
  },
  {
    name: "ignores lingerMs",
    subject: subject((settings, env, backend) => good({ ...settings, lingerMs: 0 }, env, backend)),
    fails: ["eviction.linger"],
    says: /what is known at once within the linger/,
  },
  {
    name: "adds to its addresses, and takes none away",
    subject: subject((settings, env, backend) => {
      const ever = new Map<string, Map<string, ReturnType<typeof address>>>();
      return watchAll<"service", Services>(env, {
        segments: ["service"],
        options: settings,
        canonical: ({ service }) => ({ service: service.toLowerCase() }),
        watch: ({ signal }) => backend.watch(signal),
        pick: (all, { service }) => {
          const known = ever.get(service) ?? new Map();
          ever.set(service, known);
          for (const { ip, port } of all.get(service) ?? []) known.set(ip, address(ip, port));
          return [...known.values()];
        },
      });
    }),
    fails: ["names.two-levels", "names.existence"],
    also: /./,
    says: /has 10\.0\.0\.3:80/,
  },
];
