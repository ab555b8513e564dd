import type { TlsOptions } from "@namerkit/watch";
import type { TransportConfig } from "./config.js";

/** Of a process: names and values. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** The names of Consul's own tools, and whether their values may be shown. */
const variables = {
  CONSUL_HTTP_ADDR: true,
  CONSUL_HTTP_TOKEN: false,
  CONSUL_HTTP_TOKEN_FILE: true,
  CONSUL_HTTP_SSL: true,
  CONSUL_HTTP_SSL_VERIFY: true,
  CONSUL_CACERT: true,
  CONSUL_CAPATH: true,
  CONSUL_CLIENT_CERT: true,
  CONSUL_CLIENT_KEY: true,
  CONSUL_TLS_SERVER_NAME: true,
  CONSUL_NAMESPACE: true,
  CONSUL_PARTITION: true,
} as const;

type Variable = keyof typeof variables;

export interface WithEnvironment {
  readonly config: TransportConfig;
  /** What was taken, as NAME=value; of what is secret only the name. */
  readonly taken: readonly string[];
  /** What could not be understood, and so was not taken. */
  readonly problems: readonly string[];
}

/**
 * What a configuration leaves out, filled in from the environment as Consul's own tools understand it. The configuration wins, group by
 * group: host or port; token or tokenFile (of the environment's, the file wins); tls as a whole; namespace; partition.
 */
export function withEnvironment(config: TransportConfig, environment: Environment): WithEnvironment {
  const taken = new Set<Variable>();
  const problems: string[] = [];
  const take = (name: Variable): string | undefined => {
    const value = environment[name]?.trim();
    if (value === undefined || value === "") return undefined;
    taken.add(name);
    return value;
  };
  const flag = (name: Variable): boolean | undefined => {
    const value = take(name);
    if (value === undefined) return undefined;
    // As Go reads it.
    if (/^(1|t|true)$/i.test(value)) return true;
    if (/^(0|f|false)$/i.test(value)) return false;
    taken.delete(name);
    problems.push(`${name} is neither true nor false`);
    return undefined;
  };

  const host = config.host === undefined && config.port === undefined ? take("CONSUL_HTTP_ADDR") : undefined;
  const own = config.token !== undefined || config.tokenFile !== undefined;
  const tokenFile = own ? undefined : take("CONSUL_HTTP_TOKEN_FILE");
  const token = own || tokenFile !== undefined ? undefined : take("CONSUL_HTTP_TOKEN");
  const tls = config.tls === undefined ? tlsOf(take, flag, problems) : undefined;
  const namespace = config.namespace === undefined ? take("CONSUL_NAMESPACE") : undefined;
  const partition = config.partition === undefined ? take("CONSUL_PARTITION") : undefined;
  const found = { host, token, tokenFile, tls, namespace, partition };
  const given = Object.fromEntries(Object.entries(found).filter(([, value]) => value !== undefined));
  return {
    config: { ...config, ...given },
    taken: [...taken].map((name) =>
      variables[name] ? `${name}=${shown(environment[name] ?? "")}` : `${name} (not shown)`,
    ),
    problems,
  };
}

/** Settings are there for https, and do not by themselves make the address one: that is for CONSUL_HTTP_SSL and the address to say. */
function tlsOf(
  take: (name: Variable) => string | undefined,
  flag: (name: Variable) => boolean | undefined,
  problems: string[],
): TlsOptions | undefined {
  const certPath = take("CONSUL_CLIENT_CERT");
  const keyPath = take("CONSUL_CLIENT_KEY");
  if ((certPath === undefined) !== (keyPath === undefined)) {
    problems.push("of CONSUL_CLIENT_CERT and CONSUL_CLIENT_KEY there is only one");
  }
  const options: TlsOptions = {
    enabled: flag("CONSUL_HTTP_SSL"),
    disableValidation: flag("CONSUL_HTTP_SSL_VERIFY") === false ? true : undefined,
    trustCertsBundle: take("CONSUL_CACERT"),
    trustCertsFolder: take("CONSUL_CAPATH"),
    commonName: take("CONSUL_TLS_SERVER_NAME"),
    clientAuth: certPath !== undefined && keyPath !== undefined ? { certPath, keyPath } : undefined,
  };
  const said = Object.values(options).some((value) => value !== undefined);
  return said ? { ...options, enabled: options.enabled ?? false } : undefined;
}

/** An address may hold a password, though none that we would take. */
function shown(value: string): string {
  return value.trim().replace(/\/\/[^/@]*@/, "//***@");
}
