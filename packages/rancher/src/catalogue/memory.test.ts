import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { until } from "@namerkit/testing";
import { describe, expect, it } from "vitest";
import { container, Reading, service } from "../../test-support/catalogue.js";
import { noLabels } from "../entries/labels.js";
import { Ports } from "../ports.js";
import { EndpointBook } from "./endpoints.js";
import { Groups } from "./groups.js";
import type { Instance } from "./instance.js";

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;

async function isLetGo(all: readonly WeakRef<object>[]): Promise<void> {
  await until(
    () => {
      collect();
      return all.every((one) => one.deref() === undefined);
    },
    { what: "nothing of it is kept" },
  );
}

describe("what the catalogue was", () => {
  const web = (ip: string, uuid = ip) => container("shop/web", ip, { uuid, host_uuid: "h" });
  const said = (ip: string, host: string) => ({
    containers: [web(ip), container("shop/logs", null, { uuid: `l ${ip}`, network_from_container_uuid: ip })],
    services: [
      service("shop/web"),
      service("shop/logs"),
      service("shop/www", { kind: "dnsService", links: { web: "shop/web" } }),
    ],
    hosts: [{ uuid: "h", name: host, agent_ip: "192.0.2.1" }],
  });

  async function read(reading: Reading, ip: string, host = "node"): Promise<WeakRef<object>[]> {
    const catalogue = await reading.read(said(ip, host));
    const kept: object[] = [catalogue];
    for (const name of ["shop/web", "shop/logs", "shop/www"]) {
      const instances = catalogue.instancesOf(name);
      const found = reading.find(catalogue, name, "80");
      kept.push(instances, found, ...instances, ...found);
    }
    expect(kept.length).toBe(13);
    return kept.map((one) => new WeakRef(one));
  }

  it("is let go of when all of it is replaced", async () => {
    const reading = new Reading();
    const old = await read(reading, "10.0.0.1");
    await read(reading, "10.0.0.2");
    await isLetGo(old);
    expect((await read(reading, "10.0.0.2")).length).toBe(13);
  });

  it("is let go of when it shrinks to nothing", async () => {
    const reading = new Reading();
    const old = await read(reading, "10.0.0.1");
    const empty = await reading.read({ containers: [], services: [], hosts: [] });
    await isLetGo(old);
    expect(empty.names).toEqual([]);
  });

  it("is let go of where only hosts change", async () => {
    const reading = new Reading();
    const old = await read(reading, "10.0.0.1", "node-1");
    const now = await read(reading, "10.0.0.1", "node-2");
    await isLetGo(old);
    expect(now.length).toBe(13);
  });

  it("is let go of where only containers of no service change", async () => {
    const alone = () => ({ uuid: "c", service: undefined, serviceUuid: undefined, labels: noLabels });
    const make = (): WeakRef<object> => {
      const one = alone() as never;
      groups = groups.next([one]);
      return new WeakRef(one);
    };
    let groups = Groups.empty;
    const old = make();
    groups = groups.next([]);
    await isLetGo([old]);
    expect([...groups.all]).toEqual([]);
  });
});

describe("ports that clients invent", () => {
  it("are remembered for a service up to a number, and worked out after that", () => {
    const rules = { publishedPorts: false, allowLoopback: false };
    const book = new EndpointBook(new Ports(), rules);
    const here: Omit<Instance, "at"> = {
      named: false,
      healthy: true,
      labels: [noLabels],
      meta: {},
      published: undefined,
      hostIp: undefined,
    };
    const instances: Instance[] = [{ ...here, at: "10.0.0.1" }];
    const first = Array.from({ length: 1_000 }, (_, i) => book.endpointsOf(instances, String(i + 1)));
    const again = first.filter((found, i) => book.endpointsOf(instances, String(i + 1)) === found);
    expect(again.length).toBe(100);
    expect(book.endpointsOf(instances, "1000")).toEqual([{ ip: "10.0.0.1", port: 1_000, weight: 1, meta: {} }]);
  });
});
