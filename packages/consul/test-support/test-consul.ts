import { type Clock, systemClock } from "@namerkit/core";
import type { FaultyServer, SeenRequest } from "@namerkit/testing";
import {
  ConsulFake,
  type ConsulFakeOptions,
  type ConsulPort,
  type InstanceDescription,
} from "@namerkit/testing/consul";

/** A fake Consul on a port, with what the tests of this package say of it in a word. */
export class TestConsul implements AsyncDisposable {
  readonly fake: ConsulFake;
  readonly port: ConsulPort;
  readonly #clock: Clock;
  readonly #keys = new Map<string, string>();
  #touches = 0;

  private constructor(fake: ConsulFake, port: ConsulPort, clock: Clock) {
    this.fake = fake;
    this.port = port;
    this.#clock = clock;
  }

  static async start(clock: Clock = systemClock, options: ConsulFakeOptions = {}): Promise<TestConsul> {
    const fake = new ConsulFake({ clock, dev: false, ...options });
    return new TestConsul(fake, await fake.listen(), clock);
  }

  get options() {
    return { host: this.port.host, port: this.port.port };
  }
  get server(): FaultyServer {
    return this.port.server;
  }
  /** Blocking queries under way. */
  get held(): number {
    return this.fake.parked;
  }

  /** From now on a service has exactly these instances, by one write. */
  put(service: string, entries: readonly object[], fake = this.fake): void {
    const gone = new Set(fake.instancesOf(service));
    fake.together(() => {
      for (const one of entries) {
        const instance = instanceOf(one);
        gone.delete(instance.id);
        fake.register(service, instance);
      }
      if (gone.size > 0) fake.deregister(service, [...gone]);
    });
  }

  putKey(key: string, value: string | undefined): void {
    if (value === undefined) {
      this.#keys.delete(key);
      this.fake.delete(key);
    } else {
      this.#keys.set(key, value);
      this.fake.put(key, value);
    }
  }

  /** Wakes everybody up, although nothing that matters is different: the node's own check says other words, keys have other flags. */
  touch(): void {
    this.#touches++;
    this.fake.check("serfHealth", "passing", `found ${this.#touches} times`);
    for (const [key, value] of this.#keys) this.fake.put(key, value, this.#touches);
  }

  /** Federated with it: another datacenter, with a catalogue of its own. */
  join(datacenter: string): ConsulFake {
    const other = new ConsulFake({ clock: this.#clock, datacenter });
    this.fake.join(other);
    return other;
  }

  /** What the agent says of itself, instead of what is so. */
  saysOfItself(self: object): void {
    this.fake.faults = { rewrite: (json, target) => (target.startsWith("/v1/agent/self") ? self : json) };
  }

  /** What is asked for by paths that begin so. */
  asked(path: string): readonly SeenRequest[] {
    return this.server.requests.filter(({ url }) => url.startsWith(path));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.fake.close();
  }
}

/** What has to be registered so that the health endpoint tells of it by such an entry. */
function instanceOf(entry: object): InstanceDescription & { readonly id: string } {
  const { Node: node, Service: service, Checks: checks } = entry as Entry;
  return {
    id: service.ID,
    node: { name: node.Node, address: node.Address, ...(node.Meta === null ? {} : { meta: node.Meta }) },
    address: service.Address,
    port: service.Port,
    tags: service.Tags,
    ...(service.Meta === null ? {} : { meta: service.Meta }),
    weights: { passing: service.Weights.Passing, warning: service.Weights.Warning },
    ...(service.TaggedAddresses === undefined ? {} : { taggedAddresses: service.TaggedAddresses }),
    checks: (checks ?? []).map(({ Status: status, Output: output }) => ({ status, output })),
  };
}

type Entry = {
  readonly Node: { readonly Node: string; readonly Address: string; readonly Meta: Record<string, string> | null };
  readonly Service: {
    readonly ID: string;
    readonly Address: string;
    readonly Port: number;
    readonly Tags: readonly string[];
    readonly Meta: Record<string, string> | null;
    readonly Weights: { readonly Passing: number; readonly Warning: number };
    readonly TaggedAddresses?: NonNullable<InstanceDescription["taggedAddresses"]>;
  };
  readonly Checks: readonly { readonly Status: "passing" | "warning" | "critical"; readonly Output: string }[] | null;
};
