import { Dtab, type Interpreter, Path, systemClock } from "@namerkit/core";
import { testEnv } from "@namerkit/core/testing";
import { until } from "@namerkit/testing";
import { describe, expect, it } from "vitest";
import { TestApi } from "../../test-support/test-api.js";
import { configMapPlugin } from "./config-map.js";

async function interpreter(api: TestApi, ending: AbortController): Promise<Interpreter> {
  const entry = { host: "127.0.0.1", port: api.port, name: "dtabs", filename: "dtab", namespace: "mesh", lingerMs: 0 };
  const checked = await configMapPlugin.config?.["~standard"].validate(entry);
  if (checked === undefined || !("value" in checked)) throw new Error(JSON.stringify(checked?.issues));
  const env = { ...testEnv({ prefix: Path.empty }), clock: systemClock, shutdown: ending.signal };
  const inet = {
    resolve: () => {
      throw new Error("no host names here");
    },
  };
  return configMapPlugin.create(checked.value, { ...env, namers: [], inet } as unknown as Parameters<
    typeof configMapPlugin.create
  >[1]);
}

function watch(one: Interpreter, dtab = Dtab.empty) {
  const seen: string[] = [];
  const handle = one.bind(dtab, Path.parse("/svc/web")).run.observe((state) => {
    seen.push(state.status === "failed" ? state.error.code : state.status === "ok" ? state.value.type : "pending");
  });
  return { seen, [Symbol.dispose]: () => handle.close() };
}

const put = (api: TestApi, dtab: string) => api.apply("configmaps", "mesh", "dtabs", { data: { dtab, other: "x" } });

describe("io.l5d.k8s.configMap", () => {
  it("binds by the dtab in a ConfigMap, follows it, and keeps the last good one", async () => {
    await using api = await TestApi.start();
    const ending = new AbortController();
    put(api, "/svc => !");
    const one = await interpreter(api, ending);
    using bound = watch(one);
    await until(() => bound.seen.at(-1) === "fail");
    put(api, "/svc => ~");
    await until(() => bound.seen.at(-1) === "neg");
    put(api, "/svc => $");
    await until(() => bound.seen.at(-1) === "empty");
    put(api, "this is no dtab");
    await until(() => JSON.stringify(one.state?.()).includes("not a dtab"));
    expect(bound.seen.at(-1)).toBe("empty");
    const { length } = api.asked;
    put(api, "/svc => !");
    await until(() => bound.seen.at(-1) === "fail");
    // Nothing was wrong with the watch.
    expect(api.asked.length).toBe(length);
    api.remove("configmaps", "mesh", "dtabs");
    await until(() => bound.seen.at(-1) === "neg");
    ending.abort();
  }, 30_000);

  it("lets the entries of others win, which come after its own", async () => {
    await using api = await TestApi.start();
    const ending = new AbortController();
    put(api, "/svc => !");
    using bound = watch(await interpreter(api, ending), Dtab.parse("/svc => $"));
    await until(() => bound.seen.at(-1) === "empty");
    ending.abort();
  });

  it("says what it is missing", async () => {
    const checked = await configMapPlugin.config?.["~standard"].validate({ name: "x" });
    expect(checked).toMatchObject({ issues: [{ path: ["filename"] }] });
  });
});
