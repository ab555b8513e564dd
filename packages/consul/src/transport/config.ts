import type { TlsOptions } from "@namerkit/watch";

/** What of a configuration is about reaching Consul. What is undefined was not configured, and may come from the environment. */
export interface TransportConfig {
  /**
   * An agent, or several of which the first that works is used: a host name, an address, either with a port of its own
   * (`10.0.0.1:8501`), a URL (`https://agent:8501`) or a unix socket (`unix:///run/consul.sock`). "localhost" by default.
   */
  readonly host?: string | readonly string[] | undefined;
  /** For hosts that have none of their own; 8500 by default. */
  readonly port?: number | undefined;
  /** An ACL token. It goes into a header, and nowhere else. */
  readonly token?: string | undefined;
  /** A file with the token, read again when it changes; relative to the folder of the configuration. */
  readonly tokenFile?: string | undefined;
  readonly tls?: TlsOptions | undefined;
  readonly namespace?: string | undefined;
  readonly partition?: string | undefined;
  readonly consistencyMode?: "default" | "stale" | "consistent" | undefined;
  /** How many connections may be open to one agent at once; 128 by default. Consul resets what exceeds 200 for one address. */
  readonly maxConnections?: number | undefined;
  /** Whether HTTP/2 is spoken with agents that can, over TLS: there is room for every name to be parked then. True by default. */
  readonly http2?: boolean | undefined;
  /** How long a blocking query asks to be held, in ms; 60,000 by default. After a restart of Consul we may be blind for that long. */
  readonly waitMs?: number | undefined;
  /**
   * Whether what is not configured is taken from CONSUL_HTTP_ADDR and the other variables of Consul's own tools. False by default, so
   * that a configuration means the same on every machine, and no token goes to a server that its owner did not mean it for.
   */
  readonly useEnvironment?: boolean | undefined;
}
