import type { ClientState } from "@namerkit/client";
import type { Clock, Logger, MemoryMetrics } from "@namerkit/core";
import type { AdminPage } from "../admin/answer.js";
import type { ServingAt } from "../assembly.js";
import type { Edition } from "./edition.js";
import type { RouterGeneration } from "./generation.js";
import type { SharedScopes } from "./shared-scopes.js";

/** Ports that are ready for an edition. Until `commit` nothing of those in use has changed. */
export interface Prepared {
  /** Never fails. Returns what cannot be had without a restart. */
  commit(graceMs: number): readonly string[];
  discard(): void;
}

/** Where requests arrive: at ports of this process, or at those of workers. */
export interface Front {
  /** In the order of the configuration. */
  readonly serving: readonly ServingAt[];
  /** Whether a request would find somebody. */
  readonly accepting: boolean;
  /** What `drain` may need beyond the grace that requests get, in milliseconds. */
  readonly lastWordsMs: number;
  /** What the admin server can say of it. */
  readonly pages: readonly AdminPage[];
  /** Rejects with a PortFailure, and then nothing new is left open. */
  prepare(edition: Pick<Edition, "routers" | "plan">): Promise<Prepared>;
  /** Resolves when no request of a connection can come to this generation any more. */
  left(generation: RouterGeneration): Promise<void>;
  /** What clients are elsewhere than in this process. */
  clients(): Promise<readonly Readonly<Record<string, ClientState>>[]>;
  /** Takes no more connections, and resolves when the last one has closed. */
  drain(graceMs: number): Promise<void>;
  /** Cuts every connection. */
  close(): void;
}

export interface FrontEnv {
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Logger;
  readonly metrics: MemoryMetrics;
  readonly scopes: SharedScopes;
}

export type MakeFront = (env: FrontEnv) => Front;
