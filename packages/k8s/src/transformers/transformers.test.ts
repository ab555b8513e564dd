import {
  Addr,
  type Address,
  type BoundName,
  Name,
  NameTree,
  Path,
  systemClock,
  type TransformerEnv,
  Var,
} from "@namerkit/core";
import { testEnv } from "@namerkit/core/testing";
import { until } from "@namerkit/testing";
import { describe, expect, it } from "vitest";
import { slice } from "../../test-support/objects.js";
import { TestApi } from "../../test-support/test-api.js";
import { daemonSetPlugin } from "./daemon-set.js";
import { localNode } from "./local-node.js";

const at = (ip: string, nodeName?: string, weight = 1): Address => ({
  ...{ ip, port: 80, weight },
  meta: nodeName === undefined ? {} : { nodeName },
});

function envFor(prefix: string): TransformerEnv {
  const bind = () => {
    throw new Error("nothing is bound here");
  };
  return { ...testEnv({ prefix: Path.parse(prefix) }), clock: systemClock, bind };
}

/** The one leaf after a transformer, and what its addresses come to be. */
async function through(transformer: ReturnType<ReturnType<typeof localNode>["create"]>, addr: Var<Addr>) {
  const leaf = Name.bound(Path.parse("/#/k/web"), Path.parse("/rest"), addr) as BoundName;
  const tree = await transformer.transform(NameTree.leaf(leaf)).toPromise();
  const [found] = NameTree.leaves(tree) as readonly BoundName[];
  const seen: string[] = [];
  const handle = found?.addr.observe((now) => {
    seen.push(
      now.type === "bound" ? now.addresses.map(({ ip, port, weight }) => `${ip}:${port}*${weight}`).join() : now.type,
    );
  });
  return { id: found?.id.show(), residual: found?.residual.show(), seen, [Symbol.dispose]: () => handle?.close() };
}

describe("io.l5d.k8s.localnode", () => {
  const bound = (...all: Address[]) => Var.mutable<Addr>(Addr.bound(all));

  it("keeps what is on our subnet, of either family, and follows", async () => {
    const plugin = localNode({ POD_IP: "10.4.7.3" });
    expect(plugin.defaultPrefix?.({ hostNetwork: false })).toBe("/io.l5d.k8s.localnode/10.4.7.3");
    const addr = bound(at("10.4.7.9"), at("10.4.8.1"), at("fd00::1"));
    using found = await through(plugin.create({ hostNetwork: false }, envFor("/%/l")), addr);
    addr.update(Addr.bound([at("10.4.8.1")]));
    expect(found).toMatchObject({ id: "/%/l/#/k/web", residual: "/rest", seen: ["10.4.7.9:80*1", "neg"] });
    const six = localNode({ POD_IP: "fd00:0:0:1::7" }).create({ hostNetwork: false }, envFor("/%/l"));
    using sixth = await through(six, bound(at("fd00:0:0:1::9"), at("fd00:0:0:2::9"), at("10.4.7.9")));
    expect(sixth.seen).toEqual(["fd00:0:0:1::9:80*1"]);
  });

  it("keeps what is on our node, by its name", async () => {
    const plugin = localNode({ NODE_NAME: "n1" });
    expect(plugin.defaultPrefix?.({ hostNetwork: true })).toBe("/io.l5d.k8s.localnode/n1");
    const addr = bound(at("10.0.0.1", "n1"), at("10.0.0.2", "n2"), at("10.0.0.3"));
    using found = await through(plugin.create({ hostNetwork: true }, envFor("/%/l")), addr);
    expect(found.seen).toEqual(["10.0.0.1:80*1"]);
  });

  it("says what the pod has to be told", () => {
    expect(() => localNode({}).defaultPrefix?.({ hostNetwork: false })).toThrow(
      "POD_IP env variable must be set to the pod's IP",
    );
    expect(() => localNode({}).create({ hostNetwork: true }, envFor("/%/l"))).toThrow(
      "NODE_NAME env variable must be set to the node's name",
    );
  });
});

describe("io.l5d.k8s.daemonset", () => {
  const options = { namespace: "mesh", service: "l5d", port: "incoming", hostNetwork: false };

  it("puts the pod on the same node in the place of each address, with the weight of all, and follows", async () => {
    await using api = await TestApi.start();
    const l5d = { namespace: "mesh", service: "l5d", ports: { incoming: 4141 } };
    slice(api, "l5d-1", {
      ...l5d,
      pods: [
        { ip: "10.1.1.2", node: "a" },
        { ip: "10.1.2.2", node: "b" },
      ],
    });
    const ending = new AbortController();
    const env = { ...envFor("/%/d"), shutdown: ending.signal };
    const transformer = daemonSetPlugin.create({ ...options, k8sHost: "127.0.0.1", k8sPort: api.port }, env);
    const addr = Var.mutable<Addr>(
      Addr.bound([at("10.1.1.7"), at("10.1.1.8", "a", 2), at("10.1.3.1"), at("10.1.2.9")]),
    );
    using found = await through(transformer, addr);
    await until(() => found.seen.at(-1) === "10.1.1.2:4141*3,10.1.2.2:4141*1");
    expect(found.seen[0]).toBe("pending");
    slice(api, "l5d-1", { ...l5d, pods: [{ ip: "10.1.2.2" }] });
    await until(() => found.seen.at(-1) === "10.1.2.2:4141*1");
    addr.update(Addr.bound([at("10.1.9.9")]));
    expect(found.seen.at(-1)).toBe("neg");
    ending.abort();
  });

  it("goes by the names of nodes, of which nothing is no name", async () => {
    await using api = await TestApi.start();
    const pods = [{ ip: "10.9.9.1", node: "a" }, { ip: "10.9.9.2" }];
    slice(api, "l5d-1", { namespace: "mesh", service: "l5d", ports: { incoming: 4141 }, pods });
    const ending = new AbortController();
    const env = { ...envFor("/%/d"), shutdown: ending.signal };
    const all = { ...options, hostNetwork: true, k8sHost: "127.0.0.1", k8sPort: api.port };
    const addr = Var.value<Addr>(Addr.bound([at("192.168.1.1", "a"), at("192.168.1.2"), at("192.168.1.3", "b")]));
    using found = await through(daemonSetPlugin.create(all, env), addr);
    await until(() => found.seen.at(-1) === "10.9.9.1:4141*1");
    ending.abort();
  });

  it("has a prefix that says which, and takes a port as a number", async () => {
    const checked = await daemonSetPlugin.config?.["~standard"].validate({ namespace: "n", service: "s", port: 4141 });
    expect(checked).toMatchObject({ value: { port: "4141", hostNetwork: false } });
    expect(daemonSetPlugin.defaultPrefix?.(options)).toBe("/io.l5d.k8s.daemonset/mesh/incoming/l5d");
  });
});
