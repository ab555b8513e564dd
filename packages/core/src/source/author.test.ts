import { describe, expect, expectTypeOf, it } from "vitest";
import { defineNamer, type NamerPlugin, type StandardSchema } from "../binding/roles.js";
import { NamerError } from "../errors.js";
import { address } from "../names/addr.js";
import { Path } from "../names/path.js";
import { withSourceOptions } from "./source-fields.js";
import type { PartialSourceOptions } from "./source-options.js";
import { testEnv } from "./test-env.js";
import { watchEach } from "./watch-each.js";

/** Stands for somebody's catalogue client: answers with an index, and blocks until there is a newer one. */
class Catalogue {
  readonly #services = new Map<string, { index: number; ips: string[] } | number>();
  requests = 0;
  #wake: (() => void)[] = [];

  set(path: string, answer: string[] | number): void {
    const index = ++this.#index;
    this.#services.set(path, typeof answer === "number" ? answer : { index, ips: answer });
    for (const wake of this.#wake.splice(0)) wake();
  }
  #index = 0;

  async get(
    path: string,
    after: number,
    signal: AbortSignal,
  ): Promise<{ status: number; index: number; ips: string[] }> {
    this.requests++;
    for (;;) {
      const known = this.#services.get(path) ?? 404;
      if (typeof known === "number") return { status: known, index: 0, ips: [] };
      if (known.index > after) return { status: 200, ...known };
      await new Promise<void>((resolve, reject) => {
        this.#wake.push(resolve);
        signal.addEventListener("abort", () => reject(signal.reason), { once: true });
      });
    }
  }
}

interface AcmeConfig {
  readonly token: string;
  readonly catalogue: Catalogue;
}

// Any library with Standard Schema will do; written by hand here, because core has none.
const acmeConfig: StandardSchema<AcmeConfig> = {
  "~standard": {
    version: 1,
    vendor: "by hand",
    validate: (value) =>
      typeof (value as AcmeConfig).token === "string"
        ? { value: value as AcmeConfig }
        : { issues: [{ message: "expected a string", path: ["token"] }] },
  },
};

// ---- the namer, as its author writes it: from here ...
const acme = defineNamer({
  kind: "io.acme.catalogue",
  config: withSourceOptions(acmeConfig),
  create: ({ source, catalogue }, env) =>
    watchEach(env, {
      segments: ["namespace", "service"],
      options: source,
      async *watch({ namespace, service }, { signal, request }) {
        const path = `/v1/${namespace}/${service}`;
        request(`GET ${path}`);
        let index = 0;
        for (;;) {
          const answer = await catalogue.get(path, index, signal);
          if (answer.status === 401) throw new NamerError("NAMER_REFUSED", `GET ${path}: the token is not accepted`);
          if (answer.status === 404) {
            yield undefined;
            continue;
          }
          if (answer.status !== 200) throw new NamerError("NAMER_UNAVAILABLE", `GET ${path}: status ${answer.status}`);
          index = answer.index;
          yield answer.ips.map((ip) => address(ip, 8080));
        }
      },
    }),
});
// ... to here.

describe("a namer written in thirty lines", () => {
  it("follows its catalogue through everything", async () => {
    const catalogue = new Catalogue();
    const env = testEnv({ prefix: Path.parse("/#/io.acme.catalogue") });
    const result = await acme.config?.["~standard"].validate({ token: "t", catalogue, lingerMs: 1_000 });
    if (result === undefined || result.issues) expect.unreachable();
    const namer = acme.create(result.value, env);
    catalogue.set("/v1/prod/web", 401);
    const seen: string[] = [];
    const watching = namer.lookup(Path.parse("/prod/web/v1")).run.observe((state) => {
      if (state.status !== "ok") seen.push(state.status === "failed" ? state.error.message : "pending");
      else if (state.value.type !== "leaf" || state.value.value.type !== "bound") seen.push(state.value.type);
      else seen.push(`${state.value.value.id.show()} + ${state.value.value.residual.show()}`);
    });
    const step = async (answer: string[] | number, ms = 1_000): Promise<void> => {
      catalogue.set("/v1/prod/web", answer);
      await env.clock.advance(ms);
    };
    await env.clock.advance(1_000);
    await step(["192.0.2.1"], 11_000);
    await step(["192.0.2.1", "192.0.2.2"]);
    await step(503);
    await step([], 11_000);
    await step(["192.0.2.3"]);
    expect(seen).toEqual([
      "pending",
      "GET /v1/prod/web: the token is not accepted",
      "/#/io.acme.catalogue/prod/web + /v1",
      "neg",
      "/#/io.acme.catalogue/prod/web + /v1",
    ]);
    const requests = catalogue.requests;
    watching.close();
    await env.clock.advance(60_000);
    expect([catalogue.requests, env.clock.pending]).toEqual([requests, 0]);
  });
});

describe("defineNamer", () => {
  it("knows the type of the options from the schema", () => {
    expectTypeOf(acme).toEqualTypeOf<NamerPlugin<AcmeConfig & { readonly source: PartialSourceOptions }>>();
    const plain = defineNamer({
      kind: "plain",
      config: acmeConfig,
      create: (config, env) => {
        expectTypeOf(config).toEqualTypeOf<AcmeConfig>();
        return watchEach(env, {
          segments: ["namespace", "service"],
          async *watch(key) {
            expectTypeOf(key).toEqualTypeOf<Readonly<Record<"namespace" | "service", string>>>();
            // @ts-expect-error: only the segments that were named
            yield key.port;
          },
        });
      },
    });
    expect(plain).toMatchObject({ role: "namer", kind: "plain" });
  });
});
