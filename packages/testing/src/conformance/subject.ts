import type { Clock, Namer, NamerError, PluginEnv, SourceFields } from "@namerkit/core";
import type { Script } from "../faulty/behaviour.js";
import type { Relay } from "../faulty/relay.js";

/** The port of every address that the suite puts into a catalogue. Where the name carries the port, `path` has to say this one. */
export const SUITE_PORT = 80;

/** Where a namer under test has to connect to: the suite's gate on the loopback, which relays to the backend. */
export interface Place {
  readonly host: string;
  /** 0 for a backend that has no port. */
  readonly port: number;
}

/** An address as the suite puts it into a catalogue. `port` is always SUITE_PORT. */
export interface Endpoint {
  readonly ip: string;
  readonly port: number;
}

export interface BackendEnv {
  /**
   * The time of the scenario, which passes much faster than the real one. A backend that holds polls or stamps answers has to go by
   * it, or its waits last for hours of the namer's time.
   */
  readonly clock: Clock;
}

/**
 * A catalogue for one scenario: fresh, empty, and the suite's alone. Service names are "web", "api", "db" and the like. A change has
 * taken effect when the promise resolves: whoever asks from then on gets to see it.
 */
export interface Backend {
  /** On the loopback, plain HTTP/1.1. Undefined for a catalogue in memory: then everything about networks does not apply. */
  readonly port?: number | undefined;
  /** Exactly these are the instances of the service from now on. None: the service is known, and has no instance. In one step, where the catalogue can. */
  put(service: string, endpoints: readonly Endpoint[]): void | Promise<void>;
  /** The service is not known any more. */
  remove(service: string): void | Promise<void>;
  /** Something changes that is not the names' business: a new version, another order. No update may come of it. */
  touch?(): void | Promise<void>;
  /** Beside what the service has, one instance that cannot be understood or used: without an address, with a port of "x". */
  addOdd?(service: string): void | Promise<void>;
  /** Beside what is there, fields, entries or events that nobody has heard of yet. They must change nothing. */
  addUnknown?(service: string): void | Promise<void>;
  /** How many watches it serves now. For catalogues in memory; behind a port the gate counts. */
  watches?(): number;
  /** For catalogues in memory: from now on every answer is this failure. Watches under way fail too. */
  break?(error: NamerError): void | Promise<void>;
  /** It answers again. */
  heal?(): void | Promise<void>;
  close(): void | Promise<void>;
}

/**
 * What a name becomes that has never had an answer.
 *
 * - "at once": Failed, before firstAnswerMs are over. The catalogue has spoken, and waiting would not help.
 * - "late": pending, and Failed after firstAnswerMs.
 * - "either": Failed, sooner or later.
 * - "neg": Neg. For a definite "there is no such name" alone.
 * - "any": also the name itself, because the fault lets some answers through.
 */
export type FirstAnswer = "at once" | "late" | "either" | "neg" | "any";

/** A way in which a catalogue can go wrong. */
export interface Fault {
  /** What is done with every request instead of relaying it, which `relay` would have done. "refuse": nobody listens. */
  readonly script: "refuse" | ((relay: Relay) => Script);
  /** What a name without an answer becomes. */
  readonly first: FirstAnswer;
  /** What happens to connections that are open when it begins: "reset" by default, or "silent": they stay open and nothing comes any more. */
  readonly open?: "reset" | "silent" | "kept";
}

/** Options of the source that a scenario sets. Give them to the namer as its configuration would. */
export type SourceSettings = { readonly [K in keyof SourceFields]?: SourceFields[K] };

/** Parts of a backend that a scenario needs, and that a catalogue behind a port nearly always can offer. */
export type Offer = "touch" | "addOdd" | "addUnknown" | "secret";

/** A namer under test. */
export interface Subject<B extends Backend = Backend> {
  /** A fresh catalogue. Called once per scenario; several may be in use at once. */
  backend(env: BackendEnv): B | Promise<B>;
  /** The namer. Must not ask anything before it is observed. */
  create(at: Place, settings: SourceSettings, env: PluginEnv, backend: B): Namer;
  /** The path of a service below the namer's prefix: "/80/shop/web" for "web". The namer has to consume all of it. */
  path(service: string): string;
  /** Other ways of writing the same path, that must lead to the same id. */
  readonly spellings?: (service: string) => readonly string[];
  /** Paths below the prefix that cannot be names, and are Neg without asking anybody. */
  readonly nonsense?: readonly string[];
  /** A credential that `create` configures and the namer sends. It must appear nowhere. At least 8 characters. */
  readonly secret?: string;
  /** Faults of this protocol, beside the general ones; one of the same name replaces it. */
  readonly faults?: Readonly<Record<string, Fault>>;
  /**
   * The kinds of requests that the namer makes, where it makes several for one answer: `{ version: /\/version/, containers: … }`, matched
   * against path and query. Faults are then also tried for each kind alone.
   */
  readonly requests?: Readonly<Record<string, RegExp>>;
  /** What a name without an answer becomes, for faults where that differs from the suite's own table. */
  readonly definite?: Readonly<Record<string, FirstAnswer>>;
  /** Within how many milliseconds a connection that has silently died must be noticed; 15 minutes by default. */
  readonly maxSilenceMs?: number;
  /** How many requests one answer takes: 2 by default, a poll and a list. What the bounds on requests go by. */
  readonly requestsPerAnswer?: number;
  /** Why something is not offered that a catalogue behind a port should offer. Without a reason its scenarios fail. */
  readonly declines?: Readonly<Partial<Record<Offer, string>>>;
  /** How fast the scenarios' time passes. */
  readonly pace?: Partial<DrivePace>;
}

export interface DrivePace {
  /** How many milliseconds of a scenario's time pass in each step; 25 by default. Less where the backend is in another process. */
  readonly stepMs: number;
  /** How many real milliseconds a step takes at least; 0 by default: a turn of the event loop. */
  readonly everyMs: number;
}
