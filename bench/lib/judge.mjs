// Holds what a contestant tells of the services of a catalogue against what is true of them: five instances, whose port tells the version.
const FIRST_PORT = 1_000;
const INSTANCES = 5;
const now = () => Number(process.hrtime.bigint()) / 1e6;

export class Judge {
  /** When which version of which service was told of. */
  #log = [];
  #versions = new Map();
  /** Told again, though nothing is different. */
  #repeated = 0;
  /** Told of what is not so: nothing, or an older version. */
  #wrong = 0;
  #watchers = new Set();

  get size() {
    return this.#versions.size;
  }

  add(service) {
    this.#versions.set(service, 0);
    return service;
  }

  told(service, instances) {
    const at = now();
    const before = this.#versions.get(service);
    const version = versionIn(instances);
    if (version === undefined || version < before) this.#wrong++;
    else if (version === before) this.#repeated++;
    if (version !== undefined && version > before) {
      this.#versions.set(service, version);
      this.#log.push([service, version, at]);
      for (const look of this.#watchers) look(service, version);
    }
  }

  /** Resolves when all, or the one, have that version: to when that was; to undefined if it takes too long. */
  reached(version, timeoutMs, only) {
    const missing = new Set(only === undefined ? this.#versions.keys() : [only]);
    for (const service of missing) if (this.#versions.get(service) >= version) missing.delete(service);
    if (missing.size === 0) return Promise.resolve(now());
    return new Promise((resolve) => {
      const done = (at) => {
        clearTimeout(timer);
        this.#watchers.delete(look);
        resolve(at);
      };
      const look = (service, reached) => {
        if (reached >= version && missing.delete(service) && missing.size === 0) done(now());
      };
      const timer = setTimeout(done, timeoutMs, undefined);
      this.#watchers.add(look);
    });
  }

  report() {
    let silent = 0;
    for (const version of this.#versions.values()) if (version === 0) silent++;
    return { log: this.#log, repeated: this.#repeated, wrong: this.#wrong, silent };
  }
}

function versionIn(instances) {
  if (instances?.length !== INSTANCES) return undefined;
  const { port } = instances[0];
  for (const one of instances) if (one.port !== port) return undefined;
  return port - FIRST_PORT;
}
