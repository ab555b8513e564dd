import { ManualClock } from "@namerkit/core/testing";
import { describe, expect, it } from "vitest";
import { apiVersions } from "./api-version.js";
import { lcg } from "./fixtures/start.js";
import { Metadata } from "./metadata.js";

type Entry = Readonly<Record<string, unknown>>;

const description = `
hosts: [{ name: h, ip: 192.0.2.7 }]
stacks:
  Shop:
    services:
      Web:
        scale: 2
        labels: { tier: front }
        links: { "Shop/Db": Shop/Db, Gone: { dangling: nobody } }
        containers: [{ labels: { own: mine } }, { ip: 10.42.9.9, state: starting }]
        sidekicks: { Conf: { shareNetwork: true, ports: ["1:2/tcp"] }, Log: { addresses: [10.42.5.1] } }
      Db: { externalIps: [192.0.2.99, 192.0.2.98] }
      Cname: { hostname: Db.Example }
      Alias: { kind: dnsService, links: { a: Shop/Alias, b: "Other:Data/Store" } }
      Lb: { kind: loadBalancerService, vip: 10.43.0.1, fqdn: lb.example, selector: "x=y", state: inactive, system: true }
containers:
  Lone: { ip: 10.42.7.7, system: true, ports: ["5:6/tcp"] }
  Unborn: { ip: null }
environments:
  Other:
    stacks: { Data: { services: { Store: { addresses: [10.42.1.1] } } } }
`;

function start() {
  const metadata = new Metadata(description, { clock: new ManualClock(), random: lcg() });
  const ask = async (path: string, ip = "127.0.0.1"): Promise<unknown> => {
    const request = new Request(`http://m${path}`, { headers: { accept: "application/json" } });
    return JSON.parse(await (await metadata.handle(request, ip)).text());
  };
  const named = async (path: string, name: string): Promise<Entry> => {
    const found = ((await ask(path)) as Entry[]).filter((one) => one.name === name);
    expect(found).toHaveLength(1);
    return found[0] as Entry;
  };
  return { metadata, ask, named };
}

const nameIn = (api: string, name: string): string => (api === "2016-07-29" ? name.toLowerCase() : name);

describe.each(apiVersions)("in %s", (api) => {
  it("a sidekick is a service with the uuid and links of its primary, which lists it", async () => {
    const { named } = start();
    const web = await named(`/${api}/services`, nameIn(api, "Web"));
    const conf = await named(`/${api}/services`, nameIn(api, "Conf"));
    expect([...(web.sidekicks as string[])].sort()).toEqual([nameIn(api, "Conf"), nameIn(api, "Log")]);
    expect(web.primary_service_name).toBe(nameIn(api, "Web"));
    expect(conf).toMatchObject({
      uuid: web.uuid,
      primary_service_name: nameIn(api, "Web"),
      links: web.links,
      scale: 2,
      sidekicks: api === "2016-07-29" ? null : [],
      stack_name: nameIn(api, "Shop"),
    });
  });

  it("who lives in another's network has no address, and says whose it is", async () => {
    const { named } = start();
    const primary = await named(`/${api}/containers`, nameIn(api, "Shop-Web-1"));
    const beside = await named(`/${api}/containers`, nameIn(api, "Shop-Web-Conf-1"));
    expect(beside).toMatchObject({
      primary_ip: null,
      ips: [],
      network_from_container_uuid: primary.uuid,
      service_name: nameIn(api, "Conf"),
      service_uuid: primary.service_uuid,
      host_uuid: primary.host_uuid,
      ports: [api === "2016-07-29" ? "0.0.0.0:1:2/tcp" : "192.0.2.7:1:2/tcp"],
      labels: { "io.rancher.stack_service.name": "Shop/Web/Conf" },
    });
    const log = await named(`/${api}/containers`, nameIn(api, "Shop-Web-Log-1"));
    expect(log).toMatchObject({ primary_ip: "10.42.5.1", network_from_container_uuid: null });
    expect(primary).toMatchObject({ network_from_container_uuid: null, labels: { tier: "front", own: "mine" } });
  });

  it("an address that is said of a container is told before it runs", async () => {
    const told = await start().named(`/${api}/containers`, nameIn(api, "Shop-Web-2"));
    expect(told).toMatchObject({ primary_ip: "10.42.9.9", ips: ["10.42.9.9"], state: "starting", start_count: 0 });
  });

  it("links tell the uuid by name; where there are none, it is null until 2015-12-19", async () => {
    const { named } = start();
    const of = (name: string) => named(`/${api}/services`, nameIn(api, name));
    const [web, db, alias] = [await of("Web"), await of("Db"), await of("Alias")];
    expect(web.links).toEqual({ [nameIn(api, "Shop/Db")]: db.uuid, [nameIn(api, "Gone")]: "nobody" });
    expect(db.links).toEqual(api === "2016-07-29" ? {} : null);
    expect(alias).toMatchObject({ kind: "dnsService", containers: null, links: { a: alias.uuid } });
  });

  it("external services and others without containers have a scale and a token all the same", async () => {
    const { named } = start();
    const of = (name: string) => named(`/${api}/services`, nameIn(api, name));
    expect(await of("Db")).toMatchObject({
      kind: "externalService",
      external_ips: ["192.0.2.99", "192.0.2.98"],
      hostname: null,
      containers: null,
      scale: 1,
      health_check: {},
      token: expect.stringMatching(/^[0-9a-f]{32}$/),
    });
    expect(await of("Cname")).toMatchObject({ kind: "externalService", external_ips: [], hostname: "Db.Example" });
    expect(await of("Lb")).toMatchObject({
      kind: "loadBalancerService",
      vip: "10.43.0.1",
      fqdn: "lb.example",
      selector: "x=y",
      state: "inactive",
      system: true,
    });
    expect(await of("Db")).not.toHaveProperty("selector");
  });

  it("containers of no service have no stack either", async () => {
    const { named, ask } = start();
    const lone = await named(`/${api}/containers`, nameIn(api, "Lone"));
    expect(lone).toMatchObject({
      service_name: null,
      service_uuid: null,
      stack_name: null,
      stack_uuid: null,
      health_state: null,
      primary_ip: "10.42.7.7",
      system: true,
      labels: {},
    });
    expect(await named(`/${api}/containers`, nameIn(api, "Unborn"))).toMatchObject({ primary_ip: null, ips: [] });
    expect(Object.keys((await ask(`/${api}/self`, "10.42.7.7")) as object).sort()).toEqual(["container", "host"]);
  });

  it("tokens are told to those whose they are, and of those who cannot ask", async () => {
    const { named, ask } = start();
    const tokenOf = async (name: string) => (await named(`/${api}/services`, nameIn(api, name))).token;
    expect([await tokenOf("Web"), await tokenOf("Log")]).toEqual([null, null]);
    const own = (await ask(`/${api}/self/service/token`, "10.42.5.1")) as string;
    expect([own, await tokenOf("Conf")]).toEqual([expect.any(String), expect.any(String)]);
    expect(await tokenOf("Conf")).not.toBe(own);
  });
});

describe("linked environments", () => {
  it("are told since 2016-07-29 with all that is in them, but nobody is a client there", async () => {
    const { ask, named } = start();
    const [other, ...more] = (await ask("/latest/environments")) as Entry[];
    expect(more).toEqual([]);
    expect(Object.keys(other ?? {}).sort()).toEqual(
      [
        "containers",
        "hosts",
        "name",
        "networks",
        "region_name",
        "services",
        "stacks",
        "system",
        "uuid",
        "version",
      ].sort(),
    );
    expect(other).toMatchObject({ name: "Other", services: [{ name: "store", stack_name: "data" }] });
    expect(await ask("/latest/environments/other")).toMatchObject({ code: 404 });
    expect(await ask("/latest/environments/Other/services/store/containers/0/primary_ip")).toBe("10.42.1.1");
    const alias = await named("/latest/services", "alias");
    const [store] = (other?.services ?? []) as Entry[];
    expect(alias.links).toMatchObject({ b: store?.uuid });
    expect(await ask("/latest/self", "10.42.1.1")).toEqual({});
    expect(await ask("/2015-12-19/environments")).toMatchObject({ code: 404 });
  });

  it("stay as they were until the next load", async () => {
    const { ask, metadata } = start();
    metadata.world.scale("Other:Data/Store", 3);
    expect(await ask("/latest/environments/Other/services/store/scale")).toBe(1);
    metadata.reload();
    expect(await ask("/latest/environments/Other/services/store/scale")).toBe(3);
  });
});
