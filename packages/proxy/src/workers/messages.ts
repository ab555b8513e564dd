import type { ClientState } from "@namerkit/client";
import type { LogLevel, MetricsNews } from "@namerkit/core";
import type { ServingAt } from "../assembly.js";
import type { FinishedJson } from "./finished-news.js";
import type { LinkMessage } from "./var-link.js";
import type { Wire } from "./wire.js";

/** What a worker needs to serve an edition. JSON. */
export interface Setup {
  /** What `planOf` of the worker makes the same plan of as the primary has. */
  readonly plan: unknown;
  /** The routers of the plan, in its order. One that the worker has by this number goes on as it is. */
  readonly routers: readonly RouterSetup[];
  /** Its servers on port 0, as `anyPortKey` calls them. */
  readonly anyPorts: readonly string[];
  /** By the same: the ports that these came to have, where there is nobody left to share them with. */
  readonly pinned?: Readonly<Record<string, number>>;
}

/** `server`: its place among those of its router. */
export function anyPortKey(router: string, server: number, ip: string): string {
  return `${router} ${server} ${ip}`;
}

export interface RouterSetup {
  /** Of the generation. */
  readonly number: number;
  /** Whether anybody in the primary wants to be told of its requests. */
  readonly observed: boolean;
  readonly sampleRate?: number | undefined;
}

export interface LevelJson {
  readonly logger: string;
  /** Absent: the root's. */
  readonly level?: LogLevel;
}

/** What the primary says. `turn` numbers what is answered. */
export type ToWorker =
  | { readonly say: "prepare"; readonly turn: number; readonly setup: Setup }
  | { readonly say: "commit"; readonly turn: number; readonly graceMs: number }
  | { readonly say: "discard"; readonly turn: number }
  | { readonly say: "clients"; readonly turn: number }
  | { readonly say: "levels"; readonly levels: readonly LevelJson[] }
  | { readonly say: "names"; readonly messages: LinkMessage }
  | { readonly say: "drain"; readonly graceMs: number };

/** What a worker says. */
export type FromWorker =
  | ({ readonly say: "prepared"; readonly turn: number } & PreparedJson)
  | { readonly say: "clients"; readonly turn: number; readonly clients: ClientsJson }
  /** No request of it is left here. */
  | { readonly say: "left"; readonly generation: number }
  | { readonly say: "names"; readonly messages: LinkMessage }
  /** Once a second at the least: it is alive. */
  | { readonly say: "news"; readonly metrics?: MetricsNews; readonly finished?: readonly FinishedJson[] };

export type PreparedJson =
  | { readonly serving: readonly ServingAt[] }
  | { readonly problem: { readonly at: string | undefined; readonly code: string; readonly message: string } };

export type ClientsJson = readonly Readonly<Record<string, ClientState>>[];

export type WorkerWire = Wire<FromWorker, ToWorker>;
export type PrimaryWire = Wire<ToWorker, FromWorker>;

/** The part of a line that is about names. */
export function namesOf<Out, In>(
  wire: Wire<Out, In>,
  wrap: (messages: LinkMessage) => Out,
): { readonly wire: Wire<LinkMessage, LinkMessage>; hear(messages: LinkMessage): void } {
  let listener: (messages: LinkMessage) => void = () => {};
  return {
    wire: {
      send: (messages, sent) => wire.send(wrap(messages), sent),
      onMessage: (next) => {
        listener = next;
      },
    },
    hear: (messages) => listener(messages),
  };
}
