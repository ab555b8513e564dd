/** What of the namer's (or interpreter's) configuration is about reaching Consul. Everything may be left out. */
export interface TransportConfig {
  /** An agent, or several of which the first that works is used: a host name or address. "localhost" by default. */
  readonly host?: string | readonly string[] | undefined;
  /** 8500 by default. */
  readonly port?: number | undefined;
  readonly token?: string | undefined;
  readonly namespace?: string | undefined;
  readonly partition?: string | undefined;
  readonly consistencyMode?: "default" | "stale" | "consistent" | undefined;
  /** How many connections may be open to one agent at once; 128 by default. */
  readonly maxConnections?: number | undefined;
  /** How long a blocking query asks to be held, in ms; 60,000 by default. After a restart of Consul we may be blind for that long. */
  readonly waitMs?: number | undefined;
}
