import process from "node:process";
import {
  defineIdentifier,
  type Identified,
  type IdentifierEnv,
  type IdentifierPlugin,
  type PartialSourceOptions,
  Path,
  type RequestHead,
  type State,
  sourceJsonSchemaProperties,
  supervise,
  type WatchContext,
  withSourceOptions,
} from "@namerkit/core";
import { ListWatch } from "@namerkit/watch";
import * as z from "zod";
import { accessOf } from "../access/access.js";
import { apiHttp } from "../access/api-http.js";
import { apiFields, checkApi } from "../config/api-fields.js";
import { IngressTable } from "./ingress-table.js";
import { type Ingress, readIngress } from "./read-ingress.js";

const shape = z
  .strictObject({
    ...apiFields,
    namespace: z
      .string()
      .min(1, "expected a namespace")
      .optional()
      .describe("Only ingresses of this one; all by default."),
    ingressClassAnnotation: z
      .string()
      .min(1, "expected the name of a class")
      .default("linkerd")
      .describe(
        "Whose ingresses count, by ingressClassName or the annotation kubernetes.io/ingress.class; those without any do, too.",
      ),
    ignoreDefaultBackends: z.boolean().default(false).describe("No request goes to the default backend of an ingress."),
  })
  .superRefine(checkApi);
type Fields = z.output<typeof shape>;
type Config = Fields & { readonly source: PartialSourceOptions };

const { $schema: _, properties, ...rest } = z.toJSONSchema(shape, { io: "input" });

/**
 * `io.l5d.ingress`: names a request by the Ingresses of the cluster (networking.k8s.io/v1): /svc/<namespace>/<port>/<service>, the port
 * as it is written there. Watched from the first request on, until the router goes. The last that was known holds while the API is away;
 * before anything is known a request waits, and fails with what the API says.
 */
export const ingressPlugin: IdentifierPlugin<Config> = defineIdentifier<Config>({
  kind: "io.l5d.ingress",
  config: withSourceOptions<Fields>(shape),
  jsonSchema: { ...rest, properties: { ...properties, ...sourceJsonSchemaProperties } },
  create: (config, env) => createIngressIdentifier(config, env),
});

function createIngressIdentifier(config: Config, env: IdentifierEnv) {
  const { namespace, ingressClassAnnotation: className, ignoreDefaultBackends } = config;
  const access = accessOf(config, { ...env, environment: process.env });
  const http = apiHttp(access, env);
  const { clock, random, shutdown } = env;
  const inside = namespace === undefined ? "" : `/namespaces/${encodeURIComponent(namespace)}`;
  const watch = new ListWatch<Ingress>({
    ...{ http, clock, random },
    url: `${access.base}/apis/networking.k8s.io/v1${inside}/ingresses`,
    credentials: access.credentials,
    read: readIngress,
  });
  const known = new Map<string, Ingress>();
  const warn = (text: string): void => env.log.warn({}, text);
  async function* tables(context: WatchContext): AsyncGenerator<IngressTable> {
    http.hold(context.signal);
    for await (const { complete, set, deleted } of watch.run(context)) {
      if (complete) known.clear();
      for (const key of deleted) known.delete(key);
      for (const [key, ingress] of set) known.set(key, ingress);
      yield new IngressTable(known, { className, ignoreDefaultBackends, warn });
    }
  }
  const { activity } = supervise<IngressTable>(env, config.source, tables, { equals: () => false });
  let state: State<IngressTable | undefined> | undefined;
  const follow = (): void => {
    const observation = activity.run.observe((next) => {
      state = next;
    });
    shutdown?.addEventListener(
      "abort",
      () => {
        observation.close();
        http.close();
      },
      { once: true },
    );
  };
  const byTable = (table: IngressTable | undefined, head: RequestHead): Identified => {
    const found = table?.find(head.authority, head.target.replace(/[?#].*$/s, ""));
    if (found === undefined) return { unidentified: "no ingress rule matches" };
    return { path: env.dstPrefix.concat(Path.of(found.namespace, found.port, found.service)) };
  };
  return {
    identify(head: RequestHead): Identified | Promise<Identified> {
      if (state === undefined) follow();
      if (state?.status === "ok") return byTable(state.value, head);
      if (state?.status === "failed") throw state.error;
      return activity.toPromise({ signal: shutdown }).then((table) => byTable(table, head));
    },
  };
}
