import { createRegistry, loadConfig, type Plan } from "@namerkit/config";
import { corePlugins } from "@namerkit/core";
import { describe, expect, it } from "vitest";
import { proxyPlugins } from "../plugins.js";
import { planChanges } from "./changes.js";

const registry = createRegistry({ builtIn: [...corePlugins, ...proxyPlugins] });

const rewrite = (prefix: string, to = "/b") => `{ kind: io.l5d.rewrite, prefix: ${prefix}, pattern: /a, name: ${to} }`;

async function planOf(namers: readonly string[], labels: readonly string[], rest = "", baseDir = "."): Promise<Plan> {
  const routers = labels.map((label, i) => `- { protocol: http, label: ${label}, servers: [{ port: ${4140 + i} }] }`);
  const text = `namers: [${namers.join(", ")}]\nrouters:\n${routers.join("\n")}\n${rest}`;
  const { plan, problems } = await loadConfig({ text, file: "f", baseDir }, registry);
  if (plan === undefined) throw new Error(JSON.stringify(problems));
  return plan;
}

describe("what another plan changes", () => {
  it("is nothing, for the same in other words", async () => {
    const one = await planOf([rewrite("/x")], ["a", "b"]);
    const two = await planOf(
      ["{ name: '/b', pattern: /a, prefix: /x, kind: io.l5d.rewrite }"],
      ["a", "b"],
      "admin: {}",
    );
    expect(planChanges(one, two)).toEqual({
      routers: { kept: ["a", "b"], replaced: [], added: [], removed: [] },
      namers: { kept: ["/#/x"], replaced: [], added: [], removed: [] },
      telemeters: { kept: [], replaced: [], added: [], removed: [] },
      sameNamers: true,
      sameTelemeters: true,
      warnings: [],
    });
  });

  it("is every router, when a namer changes, or the order in which they are asked", async () => {
    const before = await planOf([rewrite("/x"), rewrite("/y")], ["a", "b"]);
    const routers = { kept: [], replaced: ["a", "b"], added: [], removed: [] };
    const changed = planChanges(before, await planOf([rewrite("/x"), rewrite("/y", "/c")], ["a", "b"]));
    expect(changed).toMatchObject({ routers, namers: { kept: ["/#/x"], replaced: ["/#/y"] }, sameNamers: false });
    const turned = planChanges(before, await planOf([rewrite("/y"), rewrite("/x")], ["a", "b"]));
    expect(turned).toMatchObject({ routers, namers: { kept: ["/#/y", "/#/x"], replaced: [] }, sameNamers: false });
    const more = planChanges(before, await planOf([rewrite("/x"), rewrite("/x", "/d"), rewrite("/y")], ["b", "c"]));
    expect(more.namers).toEqual({ kept: ["/#/x", "/#/y"], replaced: [], added: ["/#/x"], removed: [] });
    expect(more.routers).toEqual({ kept: [], replaced: ["b"], added: ["c"], removed: ["a"] });
  });

  it("is everything, in another folder: file names are relative to it", async () => {
    const namers = [rewrite("/x")];
    const moved = planChanges(await planOf(namers, ["a"]), await planOf(namers, ["a"], "", "elsewhere"));
    expect(moved).toMatchObject({ routers: { replaced: ["a"] }, namers: { replaced: ["/#/x"] } });
  });

  it("is not where the admin server listens, which is said", async () => {
    const before = await planOf([], ["a"], "admin: { port: 9990, shutdownGraceMs: 1000 }");
    const after = await planOf([], ["a"], "admin: { port: 9991, httpIdentifierPort: 9992, shutdownGraceMs: 2000 }");
    expect(planChanges(before, after).warnings).toEqual([
      "admin.port has changed, which takes effect with a restart",
      "admin.httpIdentifierPort has changed, which takes effect with a restart",
    ]);
  });
});
