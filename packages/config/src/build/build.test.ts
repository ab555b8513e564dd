import {
  Activity,
  Addr,
  address,
  corePlugins,
  Dtab,
  defineIdentifier,
  defineNamer,
  Name,
  NameTree,
  noMetrics,
  Path,
  type Plugin,
  type PluginEnv,
  type RequestHead,
  silentLog,
  systemClock,
  Var,
} from "@namerkit/core";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { loadConfig } from "../load-config.js";
import { createRegistry } from "../plugins/registry.js";
import { buildIdentifiers, buildInterpreter } from "./build-router.js";
import type { BuildScope } from "./env-for.js";
import { mountNamers } from "./mount-namers.js";

/** Answers /<key> for its keys, with the port it is given. */
const fixed = defineNamer({
  kind: "x.fixed",
  config: z.object({ keys: z.array(z.string()), port: z.int() }),
  create: ({ keys, port }, { prefix }) => ({
    lookup(path) {
      const key = path.isEmpty ? "" : path.at(0);
      if (!keys.includes(key)) return Activity.value(NameTree.neg);
      const addr = Var.value(Addr.bound([address("10.0.0.1", port)]));
      return Activity.value(NameTree.leaf(Name.bound(prefix.concat(path.take(1)), path.drop(1), addr)));
    },
  }),
});

const echo = defineIdentifier({
  kind: "io.l5d.header.token",
  create: (_config, { dstPrefix }) => ({
    identify: (head) => ({ path: dstPrefix.concat(Path.of(head.authority ?? "none")) }),
  }),
});

const registry = createRegistry({ builtIn: [...corePlugins, fixed as Plugin, echo as Plugin] });

const scopes: BuildScope[] = [];
const envFor = (prefix: Path, scope: BuildScope): PluginEnv => {
  scopes.push(scope);
  return { prefix, clock: systemClock, random: () => 0.5, log: silentLog, metrics: noMetrics, baseDir: "/nowhere" };
};

async function planOf(namers: string, router = "") {
  const text = `namers:\n${namers}\nrouters:\n- protocol: http\n  label: out\n  servers: [{ port: 0 }]\n${router}`;
  const { plan, problems } = await loadConfig({ text, file: "f", baseDir: "/nowhere" }, registry);
  expect(problems).toEqual([]);
  const first = plan?.routers[0];
  if (plan === undefined || first === undefined) throw new Error("no plan");
  return { plan, router: first };
}

async function bound(interpreter: ReturnType<typeof buildInterpreter>, path: string, dtab = "") {
  const tree = await interpreter.bind(Dtab.parse(dtab), Path.parse(path)).toPromise({});
  return NameTree.leaves(tree).map(({ id, addr }) => {
    const now = addr.sample();
    return `${id.show()} ${now.type === "bound" ? now.addresses.map(({ port }) => port).join() : now.type}`;
  });
}

describe("mountNamers", () => {
  it("asks the last of the file first, and the one before it when that has nothing [parity: namer-order]", async () => {
    const { plan, router } = await planOf(
      "- { kind: x.fixed, prefix: /n, keys: [a, b], port: 1 }\n- { kind: x.fixed, prefix: /n, keys: [b, c], port: 2 }",
    );
    const mounted = mountNamers(plan, envFor);
    expect(mounted.map(({ prefix }) => prefix.show())).toEqual(["/#/n", "/#/n"]);
    const interpreter = buildInterpreter(router, mounted, envFor);
    expect(await bound(interpreter, "/#/n/a")).toEqual(["/#/n/a 1"]);
    expect(await bound(interpreter, "/#/n/b")).toEqual(["/#/n/b 2"]);
    expect(await bound(interpreter, "/#/n/c")).toEqual(["/#/n/c 2"]);
    expect(await bound(interpreter, "/#/n/d")).toEqual([]);
  });

  it("applies transformers in order, and tells each plug-in where it is [parity: transformers]", async () => {
    const { plan, router } = await planOf(
      "- { kind: x.fixed, keys: [a], port: 1, transformers: [{ kind: io.l5d.port, port: 2 }, { kind: io.l5d.port, port: 3, prefix: /p }] }",
    );
    scopes.length = 0;
    const interpreter = buildInterpreter(router, mountNamers(plan, envFor), envFor);
    expect(await bound(interpreter, "/#/x.fixed/a")).toEqual(["/%/p/%/io.l5d.port/2/#/x.fixed/a 3"]);
    expect(scopes.map(({ role, names }) => `${role} ${names.join(" ")}`)).toEqual([
      "namer namer #/x.fixed",
      "transformer namer #/x.fixed transformer %/io.l5d.port/2",
      "transformer namer #/x.fixed transformer %/p",
      "interpreter rt out interpreter",
    ]);
  });

  it("lets a transformer bind through namers without transformers, so that it cannot ask itself", async () => {
    const { plan, router } = await planOf(
      "- { kind: x.fixed, keys: [a, gw], port: 1, transformers: [{ kind: io.l5d.replace, path: /#/x.fixed/gw }] }",
    );
    const interpreter = buildInterpreter(router, mountNamers(plan, envFor), envFor);
    expect(await bound(interpreter, "/#/x.fixed/a")).toEqual(["/%/io.l5d.replace/#/x.fixed/gw 1"]);
  });
});

describe("buildInterpreter", () => {
  it("puts its transformers around everything that is bound", async () => {
    const { plan, router } = await planOf(
      "- { kind: x.fixed, keys: [a], port: 1 }",
      "  interpreter: { kind: default, transformers: [{ kind: io.l5d.port, port: 4141 }] }\n",
    );
    const interpreter = buildInterpreter(router, mountNamers(plan, envFor), envFor);
    expect(await bound(interpreter, "/svc/a", "/svc => /#/x.fixed")).toEqual(["/%/io.l5d.port/4141/#/x.fixed/a 4141"]);
    expect(await bound(interpreter, "/svc/b", "/svc => /#/x.fixed")).toEqual([]);
  });

  it("says what is missing when a host name is bound without a resolver", async () => {
    const { plan, router } = await planOf("");
    const interpreter = buildInterpreter(router, mountNamers(plan, envFor), envFor);
    expect(await bound(interpreter, "/$/inet/host.test/80")).toEqual(["/$/inet/host.test/80 failed"]);
    const inet = () => Var.value(Addr.bound([address("10.0.0.9", 80)]));
    const resolving = buildInterpreter(router, mountNamers(plan, envFor), envFor, { inet });
    expect(await bound(resolving, "/$/inet/host.test/80")).toEqual(["/$/inet/host.test/80 80"]);
  });
});

describe("buildIdentifiers", () => {
  it("gives each the router's dstPrefix", async () => {
    const { router } = await planOf("", "  dstPrefix: /http\n");
    const head: RequestHead = { method: "GET", target: "/", authority: "web", version: "1.1", header: () => undefined };
    const found = await Promise.all(buildIdentifiers(router, envFor).map((identifier) => identifier.identify(head)));
    expect(found.map((one) => ("path" in one ? one.path.show() : one.unidentified))).toEqual(["/http/web"]);
  });
});
