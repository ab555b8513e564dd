import type { Clock } from "@namerkit/core";
import type { KubernetesAnswer, KubernetesRequest } from "./http/answer.js";
import type { KubernetesVersion } from "./objects.js";

export interface KubernetesFakeOptions {
  /** Times bookmarks, the ends of watches and restarts; the real one by default. */
  readonly clock?: Clock;
  /** "1.36" by default. */
  readonly version?: KubernetesVersion;
  /** Of the first object, less one; 100 by default. */
  readonly resourceVersion?: number;
  /** How long a watch without `timeoutSeconds` lasts, in ms; half an hour by default. */
  readonly watchMs?: number;
}

/** What goes wrong. Set as a whole; `{}` heals. */
export interface KubernetesFaults {
  /** Something else in the place of an answer; undefined: the usual one. */
  readonly answer?: (request: KubernetesRequest) => KubernetesAnswer | undefined;
  /** Watches end as soon as they have begun. */
  readonly closeAtOnce?: boolean;
  /** Watches are open and say nothing any more: what happens meanwhile they will never tell of. */
  readonly silence?: boolean;
  /** The API server cannot reach its store: what it has in memory it still says. */
  readonly etcdHangs?: boolean;
  /** Cuts what watches say into pieces, each written by itself. */
  readonly pieces?: (text: string) => readonly string[];
}

export interface ApiRestartOptions {
  /** By SIGKILL: watches are reset. Else by SIGTERM: those that are open live on for a minute. */
  readonly killed?: boolean;
  /** How long nobody answers, in ms; 0 by default. */
  readonly downMs?: number;
  /** How long after that everybody is forbidden everything, as roles have not been read yet, in ms; 0 by default. */
  readonly forbiddenMs?: number;
}
