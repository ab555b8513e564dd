import { type Namer, Path, type PluginEnv, type SourceStatus, watchEach } from "@namerkit/core";
import { AgentSelf } from "./agent/agent-self.js";
import type { ConsulConfig } from "./config/namer-config.js";
import { directory } from "./directory/directory.js";
import { canonical, isImpossible, type NameKey, type Segment, segmentsOf } from "./naming/names.js";
import { questionOf } from "./naming/question.js";
import { NameBooks } from "./state/name-books.js";
import { stateOf } from "./state/state.js";
import { createTransport } from "./transport/create-transport.js";
import type { ConsulTransport } from "./transport/transport.js";
import { type WatchNameEnv, watchName } from "./watch-name.js";

/**
 * `/<dc>/<service>` or `/<dc>/<tag>/<service>`: the instances of a service in Consul. One blocking query for each name that is
 * observed, over connections that all share. Ids are canonical: service and tag in lower case, the datacenter as it was given.
 */
export function createConsulNamer(
  config: ConsulConfig,
  env: PluginEnv,
  transport: ConsulTransport = createTransport(config, env),
): Namer {
  const agent = new AgentSelf({ ...env, transport });
  const { clock, random, metrics } = env;
  // Linkerd's names: lookups, service/opens, service/updates …
  const own = metrics.scope("service");
  const watching: WatchNameEnv = { clock, random, config, transport, agent };
  const segments = segmentsOf(config);
  const pathOf = (key: NameKey): Path => Path.of(...segments.map((segment) => key[segment] ?? ""));
  const statusOf = (path: Path): SourceStatus | undefined => names.statusOf?.(path)?.sample();
  const books = new NameBooks(clock, () => Object.keys(names.state?.() ?? {}));
  const names: Namer = watchEach<Segment>(
    { ...env, metrics: own },
    {
      segments,
      canonical: (key) => canonical(key, config) as Record<Segment, string>,
      reject: (key) => (isImpossible(key, config) ? "neg" : undefined),
      options: config.source,
      request: (key) => `GET ${questionOf(key, config)}`,
      watch(key, context) {
        const path = pathOf(key);
        const shown = path.show();
        const book = books.of(shown, () => own.counter("cached").add());
        let ended = false;
        context.signal.addEventListener("abort", () => ended || books.drop(shown), { once: true });
        const over = (byItself: boolean): void => {
          ended = byItself;
        };
        return watchName(watching, { key, book, status: () => statusOf(path), over }, context);
      },
    },
  );
  const lookups = metrics.counter("lookups");
  const all = config.preparedQueries
    ? undefined
    : directory({ ...env, metrics: metrics.scope("directory") }, transport, config);
  return {
    lookup(path) {
      lookups.add();
      return names.lookup(path);
    },
    statusOf: (path) => names.statusOf?.(path) as ReturnType<NonNullable<Namer["statusOf"]>>,
    enumerate: () => all ?? (names.enumerate?.() as ReturnType<NonNullable<Namer["enumerate"]>>),
    state: () => stateOf(names.state?.(), books, agent, transport),
  };
}
