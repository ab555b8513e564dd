import process from "node:process";
import {
  createInterpreter,
  Dtab,
  defineInterpreter,
  type InterpreterEnv,
  type InterpreterPlugin,
  messageOf,
  NamerError,
  type PartialSourceOptions,
  sourceJsonSchemaProperties,
  supervise,
  type WatchContext,
  withLiveDtab,
  withSourceOptions,
} from "@namerkit/core";
import { ListWatch } from "@namerkit/watch";
import * as z from "zod";
import { accessOf } from "../access/access.js";
import { apiHttp } from "../access/api-http.js";
import { apiFields, checkApi } from "../config/api-fields.js";
import { isObject, objectIn, textIn } from "../objects/fields.js";

const text = (what: string) => z.string().min(1, `expected ${what}`);

const shape = z
  .strictObject({
    ...apiFields,
    name: text("the name of a ConfigMap").describe("The ConfigMap."),
    filename: text("a key of it").describe("The key in it that holds the dtab."),
    namespace: text("a namespace").default("default").describe("Its namespace."),
  })
  .superRefine(checkApi);
type Fields = z.output<typeof shape>;
type Config = Fields & { readonly source: PartialSourceOptions };

const { $schema: _, properties, ...rest } = z.toJSONSchema(shape, { io: "input" });

/**
 * `io.l5d.k8s.configMap`: binds by a dtab in a ConfigMap, and follows it. Entries of the router's and of the request's dtab come after
 * it, and so win. A text that is no dtab changes nothing; a ConfigMap, or a key, that is not there is an empty dtab.
 */
export const configMapPlugin: InterpreterPlugin<Config> = defineInterpreter<Config>({
  kind: "io.l5d.k8s.configMap",
  experimental: true,
  config: withSourceOptions<Fields>(shape),
  jsonSchema: { ...rest, properties: { ...properties, ...sourceJsonSchemaProperties } },
  create: (config, env) => createConfigMapInterpreter(config, env),
});

function createConfigMapInterpreter(config: Config, env: InterpreterEnv) {
  const { namespace, name, filename } = config;
  const access = accessOf(config, { ...env, environment: process.env });
  const http = apiHttp(access, env);
  env.shutdown?.addEventListener("abort", () => http.close(), { once: true });
  const { clock, random } = env;
  const watch = new ListWatch<string>({
    ...{ http, clock, random },
    url: `${access.base}/api/v1/namespaces/${encodeURIComponent(namespace)}/configmaps`,
    query: { fieldSelector: `metadata.name=${name}` },
    credentials: access.credentials,
    read: (object) => (isObject(object) ? (textIn(objectIn(object, "data"), filename) ?? "") : undefined),
  });
  let last: Dtab | undefined;
  let problem: string | undefined;
  const shown = `configmap ${namespace}/${name}, ${filename}`;
  async function* dtabs(context: WatchContext): AsyncGenerator<Dtab> {
    http.hold(context.signal);
    const known = new Map<string, string>();
    for await (const { complete, set, deleted } of watch.run(context)) {
      if (complete) known.clear();
      for (const key of deleted) known.delete(key);
      for (const [key, value] of set) known.set(key, value);
      try {
        yield parsed(known.get(`${namespace}/${name}`) ?? "", shown);
        problem = undefined;
      } catch (thrown) {
        if (last === undefined) throw thrown;
        // The last good one stays, and the next one is waited for: nothing is wrong with the watch.
        problem = messageOf(thrown);
        env.log.warn({ err: thrown }, problem);
      }
    }
  }
  const { activity, status } = supervise<Dtab>(env, config.source, dtabs, { equals: (a, b) => a.equals(b) });
  const live = activity.map((dtab) => {
    last = dtab ?? Dtab.empty;
    return last;
  });
  const interpreter = withLiveDtab(createInterpreter({ namers: env.namers, inet: env.inet }), live);
  return {
    bind: interpreter.bind.bind(interpreter),
    delegate: interpreter.delegate.bind(interpreter),
    state: () => ({ configMap: shown, dtab: last?.show(), problem, freshness: status.sample(), api: access.base }),
  };
}

function parsed(dtab: string, where: string): Dtab {
  try {
    return Dtab.parse(dtab);
  } catch (thrown) {
    throw new NamerError("NAMER_ANSWER", `${where}: not a dtab: ${messageOf(thrown)}`, { cause: thrown });
  }
}
