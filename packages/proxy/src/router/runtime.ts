import type { Socket } from "node:net";
import type { NameClient } from "@namerkit/client";
import type { Clock, Dtab, Identifier, Logger, RequestObserver } from "@namerkit/core";
import type { Compression } from "../http/compression.js";
import type { Deadlines } from "../http/deadlines.js";
import type { Forwarded } from "../http/forwarded.js";
import type { HeaderNames } from "../http/header-names.js";
import type { HttpLimits } from "../http/limits.js";
import type { Tracing } from "../telemetry/tracing.js";
import type { ClientUse, ServiceUse } from "./attachments.js";
import type { RequestStats } from "./stats.js";

/** Everything of a router that the handling of one request needs. */
export interface RouterRuntime {
  readonly label: string;
  readonly dtab: Dtab;
  readonly identifiers: readonly Identifier[];
  readonly names: NameClient<ServiceUse, ClientUse>;
  readonly limits: HttpLimits;
  readonly deadlines: Deadlines;
  readonly requestHeaders: HeaderNames;
  readonly responseHeaders: HeaderNames;
  /** Absent: answers leave as the endpoint made them. */
  readonly compression?: Compression | undefined;
  readonly clock: Clock;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  readonly log: Logger;
  readonly tracing: Tracing;
  /** Told of every request that is over. */
  readonly observers: readonly RequestObserver[];
}

/** What of a server the handling of one request needs. */
export interface ServerRuntime {
  readonly router: RouterRuntime;
  /** As metrics name it: its label, or ip/port. */
  readonly label: string;
  readonly stats: RequestStats;
  readonly clearContext: boolean;
  readonly maxCallDepth: number;
  /** By when an answer has to begin, from the request's head on. */
  readonly timeoutMs: number | undefined;
  /** Those of the router, with the server's own times. */
  readonly limits: HttpLimits;
  /** Makes the Forwarded header, where one is wanted. */
  readonly forwarded: Forwarded | undefined;
  /** Gets the wall-clock milliseconds at which the request is sent on. */
  readonly timestampHeader: string | undefined;
  /** Throws PROXY_OVERLOADED where the request that has just begun is one too many. */
  admit(): void;
  /** Whether the answer that is being sent is to be the last on its connection. */
  closes(socket: Socket): boolean;
}
