import { Path } from "@namerkit/core";
import { testEnv } from "@namerkit/core/testing";
import { fastClock, Seen } from "@namerkit/testing";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { endpoints, service, slice } from "../test-support/objects.js";
import { TestApi } from "../test-support/test-api.js";
import type { Scope } from "./collection/scope.js";
import { k8sNamer } from "./standalone.js";

const services = ["a", "b"] as const;
type Name = (typeof services)[number];

/** What can happen to a cluster, between two moments. */
type Event =
  | { readonly what: "slice"; readonly of: Name; readonly part: number; readonly pods: readonly number[] }
  | { readonly what: "delete"; readonly of: Name; readonly part: number }
  | {
      readonly what:
        | "bookmark"
        | "end"
        | "reset"
        | "compact"
        | "backup"
        | "restore"
        | "down"
        | "up"
        | "forbid"
        | "no slices";
    };

class Cluster {
  readonly api: TestApi;
  /** Every set of addresses that a service ever had. */
  readonly true = new Map<Name, Set<string>>(services.map((name) => [name, new Set([""])]));
  #parts = new Map<string, readonly number[]>();
  #backup: { objects: ReturnType<TestApi["backup"]>; parts: Map<string, readonly number[]> } | undefined;

  constructor(api: TestApi) {
    this.api = api;
    for (const name of services) service(api, name, { http: 80 });
  }

  happen(event: Event): void {
    const { api } = this;
    switch (event.what) {
      case "slice":
        this.#parts.set(`${event.of}-${event.part}`, event.pods);
        slice(api, `${event.of}-${event.part}`, {
          service: event.of,
          pods: event.pods.map((n) => ({ ip: `10.0.0.${n}` })),
        });
        this.#inStep(event.of);
        break;
      case "delete":
        this.#parts.delete(`${event.of}-${event.part}`);
        api.remove("endpointslices", "prod", `${event.of}-${event.part}`);
        this.#inStep(event.of);
        break;
      case "bookmark":
        api.bookmark();
        break;
      case "end":
      case "reset":
        api.drop(event.what);
        break;
      case "compact":
        api.compact();
        break;
      case "backup":
        this.#backup = { objects: api.backup(), parts: new Map(this.#parts) };
        break;
      case "restore":
        if (this.#backup === undefined) return;
        api.restore(this.#backup.objects);
        this.#parts = new Map(this.#backup.parts);
        break;
      case "down":
      case "forbid": {
        const status = event.what === "down" ? 500 : 403;
        api.drop("reset");
        api.refuse = () => status;
        break;
      }
      case "no slices":
        api.drop("reset");
        api.refuse = (path) => (path.includes("endpointslices") ? 403 : undefined);
        break;
      case "up":
        api.refuse = () => undefined;
    }
    for (const name of services) this.true.get(name)?.add(this.now(name));
  }

  /** Six seconds and more, as they pass here. */
  async outage(): Promise<void> {
    const { refuse } = this.api;
    this.api.refuse = () => 500;
    this.api.drop("reset");
    await new Promise((resolve) => setTimeout(resolve, 40));
    this.api.refuse = refuse;
  }

  #pods(name: Name): readonly number[] {
    return [...new Set([...this.#parts].filter(([part]) => part.startsWith(`${name}-`)).flatMap(([, all]) => all))];
  }

  #inStep(name: Name): void {
    endpoints(
      this.api,
      name,
      this.#pods(name).map((n) => `10.0.0.${n}`),
    );
  }

  /** The addresses that a service has. */
  now(name: Name): string {
    return this.#pods(name)
      .map((n) => `10.0.0.${n}:8080`)
      .sort()
      .join();
  }
}

const event: fc.Arbitrary<Event> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      what: fc.constant("slice" as const),
      of: fc.constantFrom(...services),
      part: fc.integer({ min: 1, max: 3 }),
      pods: fc.array(fc.integer({ min: 1, max: 9 }), { maxLength: 4 }),
    }),
  },
  fc.record({
    what: fc.constant("delete" as const),
    of: fc.constantFrom(...services),
    part: fc.integer({ min: 1, max: 3 }),
  }),
  {
    weight: 3,
    arbitrary: fc.record({
      what: fc.constantFrom(
        "bookmark",
        "end",
        "reset",
        "compact",
        "backup",
        "restore",
        "down",
        "up",
        "forbid",
        "no slices",
      ),
    }),
  },
);

describe("whatever happens to a cluster, in whatever order", () => {
  it("only what was true is told, and in the end what is true now", async () => {
    const story = fc.array(fc.tuple(event, fc.integer({ min: 0, max: 12 })), { maxLength: 15 });
    const scope = fc.constantFrom<Scope | "auto">("auto", "service", "namespace", "cluster");
    await fc.assert(
      fc.asyncProperty(story, scope, async (events, wide) => {
        await using api = await TestApi.start();
        const cluster = new Cluster(api);
        const ending = new AbortController();
        const env = { ...testEnv({ prefix: Path.parse("/#/k") }), clock: fastClock(200), shutdown: ending.signal };
        const namer = k8sNamer({ host: "127.0.0.1", port: api.port, scope: wide, lingerMs: 0 }, env);
        const seen = new Map(services.map((name) => [name, new Seen(namer, `/prod/80/${name}`)]));
        try {
          for (const [one, pauseMs] of events) {
            // Nobody restores a store under a server that runs, and it takes more than a moment.
            if (one.what === "restore") await cluster.outage();
            cluster.happen(one);
            await new Promise((resolve) => setTimeout(resolve, pauseMs));
          }
          cluster.happen({ what: "up" });
          for (const [name, one] of seen) {
            const expected = cluster.now(name);
            if (expected === "") await one.is("neg");
            else await one.has(...expected.split(","));
            const told = one.addrs.map((addr) =>
              addr.type === "bound"
                ? addr.addresses
                    .map(({ ip, port }) => `${ip}:${port}`)
                    .sort()
                    .join()
                : "",
            );
            for (const set of told) expect(cluster.true.get(name)).toContain(set);
          }
        } finally {
          for (const one of seen.values()) one.close();
          ending.abort();
        }
      }),
      { numRuns: 60 },
    );
  }, 120_000);
});
