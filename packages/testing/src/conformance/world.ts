import { type Namer, NamerError, Path, type PluginEnv } from "@namerkit/core";
import {
  ManualClock,
  type MemoryFiles,
  type MemoryMetrics,
  memoryFiles,
  memoryMetrics,
  type RecordingLog,
  recordingLog,
} from "@namerkit/core/testing";
import { CountingClock } from "./counting-clock.js";
import { Drive } from "./drive.js";
import { Gate, type Mark } from "./gate.js";
import { Seen } from "./seen.js";
import { type Backend, type Endpoint, type SourceSettings, SUITE_PORT, type Subject } from "./subject.js";
import { Trace } from "./trace.js";

const PREFIX = Path.of("#", "under.test");
/** Set in every scenario that does not say otherwise: a namer may have other defaults. */
const BASE: SourceSettings = { lingerMs: 1_000, firstAnswerMs: 5_000 };

/** A connection that has silently died is noticed within this, where the subject says nothing else. */
const MAX_SILENCE_MS = 15 * 60_000;
/** Pauses between attempts may be that long: Retry-After is obeyed up to 60 s. */
const LONGEST_PAUSE_MS = 70_000;

/** Within how many milliseconds a healthy catalogue's change must be seen, and a healed one must be noticed. Spent only by failures. */
export const SOON_MS = 120_000;

/** One scenario's own world: clock, catalogue, gate and namer. */
export class World {
  readonly clock: ManualClock;
  readonly trace: Trace;
  readonly log: RecordingLog = recordingLog();
  readonly metrics: MemoryMetrics;
  readonly files: MemoryFiles = memoryFiles();
  readonly subject: Subject;
  readonly backend: Backend;
  readonly gate: Gate | undefined;
  readonly prefix: Path = PREFIX;
  readonly settings: SourceSettings;
  readonly namer: Namer;
  /** How many answers beside four a second are no busy loop. To be raised where very many names are observed. */
  allowance = 200;
  readonly #drive: Drive;
  readonly #timers: CountingClock;
  readonly #shutdown = new AbortController();
  readonly #open = new Set<Seen>();

  private constructor(subject: Subject, settings: SourceSettings, parts: Parts) {
    this.subject = subject;
    this.settings = { ...BASE, ...settings };
    this.clock = parts.clock;
    this.trace = parts.trace;
    this.backend = parts.backend;
    this.gate = parts.gate;
    this.metrics = memoryMetrics({ clock: this.clock });
    this.#drive = new Drive(this.clock, subject.pace, () => this.gate?.activity ?? 0);
    this.#timers = new CountingClock(this.clock);
    this.namer = this.another();
  }

  static async open(subject: Subject, settings: SourceSettings = {}): Promise<World> {
    const clock = new ManualClock();
    const trace = new Trace(clock);
    const backend = await subject.backend({ clock });
    const gate = backend.port === undefined ? undefined : await Gate.open(backend.port, clock, trace);
    return new World(subject, settings, { clock, trace, backend, gate });
  }

  /** One more namer at the same catalogue. Shares log, metrics and clock with the first. */
  another(settings: SourceSettings = this.settings, env: Partial<PluginEnv> = {}): Namer {
    const whole: PluginEnv = {
      prefix: PREFIX,
      clock: this.#timers,
      random: () => 0.5,
      log: this.log,
      metrics: this.metrics,
      baseDir: "/",
      files: this.files,
      shutdown: this.#shutdown.signal,
      ...env,
    };
    return this.subject.create(this.gate?.place ?? { host: "127.0.0.1", port: 0 }, settings, whole, this.backend);
  }

  /** Who observes, the first one first. */
  get observed(): readonly Seen[] {
    return [...this.#open];
  }

  /** Timers that the namer has on the clock. */
  get timers(): number {
    return this.#timers.pending;
  }

  /** Within how many milliseconds a namer must have noticed that all is well again. */
  get recoveryMs(): number {
    return this.silenceMs + LONGEST_PAUSE_MS;
  }

  /** Within how many milliseconds it must have noticed that nothing comes any more. */
  get silenceMs(): number {
    return this.subject.maxSilenceMs ?? MAX_SILENCE_MS;
  }

  get now(): number {
    return this.clock.now();
  }

  /** Observes a service, or with `below` what follows it: "/v1/users". */
  see(service = "web", below = ""): Seen {
    return this.seePath(this.subject.path(service) + below);
  }

  seePath(path: string, namer = this.namer): Seen {
    this.trace.add("observe", path);
    const seen = new Seen(namer, path, this.trace);
    this.#open.add(seen);
    return seen;
  }

  /** The instances of a service from now on: 1 is 10.0.0.1, and so on. */
  async put(service: string, ...hosts: readonly number[]): Promise<void> {
    this.trace.add("backend", `${service}: ${hosts.length === 0 ? "no instance" : setOf(...hosts)}`);
    await this.backend.put(service, hosts.map(endpoint));
  }

  async remove(service: string): Promise<void> {
    this.trace.add("backend", `${service}: removed`);
    await this.backend.remove(service);
  }

  /** Whoever mounted the namer closes. */
  shutdown(): void {
    this.trace.add("shutdown", "");
    this.#shutdown.abort();
  }

  /** Lets `ms` milliseconds pass. */
  async pass(ms: number): Promise<void> {
    await this.#until(() => false, ms);
  }

  /** Lets time pass until the condition holds; falls short where it does not within `within` milliseconds. */
  async until(condition: () => boolean, expected: string, seen: () => string, within = SOON_MS): Promise<void> {
    if (!(await this.#until(condition, within))) this.fall(`${expected}, within ${within / 1000} s`, seen());
  }

  /** Until the name is there with exactly these instances. */
  async has(seen: Seen, hosts: readonly number[], within = SOON_MS): Promise<void> {
    const wanted = setOf(...hosts);
    await this.until(
      () => seen.set === wanted,
      `${seen.path.show()} has ${wanted}`,
      () => lookOf(seen),
      within,
    );
  }

  /** Until the tree is this, such as "neg" or "failed NAMER_REFUSED". */
  async is(seen: Seen, tree: string | RegExp, within = SOON_MS): Promise<void> {
    const holds = (): boolean => (typeof tree === "string" ? seen.tree === tree : tree.test(seen.tree));
    await this.until(holds, `${seen.path.show()} is ${tree}`, () => lookOf(seen), within);
  }

  /** Lets time pass, and tells how many watches there were at most: held requests at the gate, or what a backend in memory says. */
  async peak(ms: number): Promise<number> {
    let most = 0;
    const look = (): boolean => {
      most = Math.max(most, this.watches);
      return false;
    };
    await this.#until(look, ms);
    return most;
  }

  get watches(): number {
    return this.gate?.underWay ?? this.backend.watches?.() ?? 0;
  }

  /** The catalogue cannot be reached: nobody listens, or what is in memory fails. */
  async lose(): Promise<void> {
    if (this.gate !== undefined) return this.gate.begin("refused", { script: "refuse", first: "late" });
    this.trace.add("backend", "breaks");
    await this.backend.break?.(new NamerError("NAMER_UNAVAILABLE", "the catalogue in memory is broken"));
  }

  /** It can be reached again. */
  async regain(): Promise<void> {
    if (this.gate !== undefined) return this.gate.heal();
    this.trace.add("backend", "is well again");
    await this.backend.heal?.();
  }

  /** As `pass`, and falls short as soon as more is asked than `bounded` allows. */
  async passBounded(ms: number): Promise<void> {
    const mark = this.gate?.mark();
    for (let left = ms; left > 0; left -= 30_000) {
      await this.pass(Math.min(left, 30_000));
      if (mark !== undefined) this.bounded(mark);
    }
  }

  /** Falls short where more has been asked since a moment than a burst of five answers and two a second: anything above is a busy loop. */
  bounded(mark: Mark): void {
    if (this.gate === undefined) return;
    const seconds = (this.now - mark.at) / 1000;
    const most = Math.round(this.#perAnswer * (5 + 2 * seconds));
    const asked = this.gate.since(mark);
    this.must(asked <= most, `no more than ${most} requests in ${seconds} s`, `${asked}`);
  }

  /** Falls short unless the condition holds. */
  must(condition: boolean, expected: string, seen: string): void {
    if (!condition) this.fall(expected, seen);
  }

  /** Falls short unless both are the same as text or as lists of texts. */
  same(actual: readonly (string | number)[] | string | number, wanted: typeof actual, what: string): void {
    const shown = (value: typeof actual): string => (Array.isArray(value) ? `[${value.join(" | ")}]` : String(value));
    if (shown(actual) !== shown(wanted)) this.fall(`${what}: ${shown(wanted)}`, shown(actual));
  }

  get #perAnswer(): number {
    return this.subject.requestsPerAnswer ?? 2;
  }

  /** A busy loop is ended as soon as there is no doubt about it, or the scenario would take as long as the loop. */
  #until(condition: () => boolean, within: number): Promise<boolean> {
    const start: Mark = { at: 0, requests: 0, connections: 0 };
    return this.#drive.until(() => {
      const most = this.#perAnswer * (this.allowance + this.now / 250);
      const asked = this.gate?.since(start) ?? 0;
      if (asked > most) this.fall("no busy loop", `${asked} requests in ${this.now / 1000} s`);
      return condition();
    }, within);
  }

  fall(expected: string, seen: string): never {
    throw new NamerError("TESTING_CONFORMANCE", `expected: ${expected}\nseen:     ${seen}`);
  }

  closeAll(): void {
    for (const seen of this.#open) seen.close();
    this.#open.clear();
  }

  /** After the last observer has gone: sockets, timers and watches are let go of, and nothing is asked any more. */
  async nothingLeft(within = (this.settings.lingerMs ?? 0) + 1_000): Promise<void> {
    const { gate, backend } = this;
    const left = (): string =>
      `${gate?.openConnections ?? 0} open connections, ${this.timers} timers, ${backend.watches?.() ?? 0} watches`;
    const none = (): boolean => left() === "0 open connections, 0 timers, 0 watches";
    await this.until(none, "nothing is open any more after the last observer has gone", left, within);
    const mark = gate?.mark();
    await this.pass(30_000);
    if (gate && mark) this.same(gate.since(mark), 0, "requests and connections in the 30 s after closing");
    this.must(none(), "nothing is opened any more after closing", left());
  }

  /** Lets go of everything, whatever has happened. */
  async close(): Promise<void> {
    this.closeAll();
    this.#shutdown.abort();
    // What has just been told to end needs its turns before the sockets are taken away.
    await this.pass(100);
    await this.gate?.close();
    await this.backend.close();
  }
}

interface Parts {
  readonly clock: ManualClock;
  readonly trace: Trace;
  readonly backend: Backend;
  readonly gate: Gate | undefined;
}

function endpoint(host: number): Endpoint {
  return { ip: `10.0.0.${host}`, port: SUITE_PORT };
}

/** As `Seen.set` writes it. */
export function setOf(...hosts: readonly number[]): string {
  return hosts
    .map((host) => `10.0.0.${host}:${SUITE_PORT}`)
    .sort()
    .join(" ");
}

export function lookOf(seen: Seen): string {
  const error = seen.error;
  return `${seen.tree}${seen.leaf === undefined ? "" : ` with ${seen.set}`}${error === undefined ? "" : ` (${error.message})`}`;
}
