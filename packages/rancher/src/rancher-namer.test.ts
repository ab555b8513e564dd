import { Addr, address, type InetResolver, Path, Var } from "@namerkit/core";
import { testEnv } from "@namerkit/core/testing";
import { Seen, until } from "@namerkit/testing";
import { mswDispatcher } from "@namerkit/testing/msw";
import { HttpResponse, http } from "msw";
import { describe, expect, it } from "vitest";
import { service } from "../test-support/catalogue.js";
import { container } from "../test-support/scripted-api.js";
import rancher, { type RancherOptions, rancherNamer } from "./index.js";

let asked = 0;
const list = [
  container("Shop/Web", "10.0.0.1"),
  container("Shop/Web", "10.0.0.2"),
  container("shop/stopped", "10.0.0.3", { state: "stopped" }),
  container("blog/web", "fd00::1", { labels: { "io.l5d.port.feed": "81" } }),
];
const handlers = [
  http.get("*/version", ({ request }) => {
    asked++;
    return request.url.includes("wait=true") ? new Promise<never>(() => {}) : new HttpResponse("1");
  }),
  http.get("*/containers", () => HttpResponse.json(list)),
  http.get("*", () => new HttpResponse("Not found", { status: 404 })),
];
const namer = (options: RancherOptions = {}) =>
  rancherNamer(options, { ...testEnv({ prefix: Path.parse("/#/r") }), dispatcher: mswDispatcher(handlers) });

describe("names", () => {
  it.each([
    ["/http/shop/web", "/#/r/http/shop/web", ["10.0.0.1:80", "10.0.0.2:80"]],
    ["/80/shop/web", "/#/r/80/shop/web", ["10.0.0.1:80", "10.0.0.2:80"]],
    ["/0080/SHOP/Web", "/#/r/80/shop/web", ["10.0.0.1:80", "10.0.0.2:80"]],
    ["/HTTPS/shop/web/a/B", "/#/r/https/shop/web + /a/B", ["10.0.0.1:443", "10.0.0.2:443"]],
    ["/Admin/blog/web", "/#/r/admin/blog/web", ["fd00::1:9990"]],
  ])("%s is %s", async (path, id, addresses) => {
    using seen = new Seen(namer({ portMappings: { ADMIN: 9990 } }), path);
    await seen.is(id);
    expect(seen.addresses).toEqual(addresses);
  });

  it.each(["/http/shop/stopped", "/http/shop/other", "/http/other/web", "/nobody/shop/web"])(
    "%s is Neg",
    async (path) => {
      using seen = new Seen(namer(), path);
      await seen.is("neg");
    },
  );

  it.each([
    "/",
    "/http",
    "/http/shop",
    "/no\\x20body/shop/web",
    "/0/shop/web",
    "/65536/shop/web",
    "/-1/shop/web",
    "/http/a\\x2fb/c",
  ])("%s is Neg, and nobody is asked", (path) => {
    const before = asked;
    using seen = new Seen(namer(), path);
    expect(seen.trees).toEqual(["neg"]);
    expect(asked).toBe(before);
  });

  it("of ports that nobody can have given a name are Neg too, and nobody is asked, where labels do not count", () => {
    const before = asked;
    using seen = new Seen(namer({ portLabelPrefix: "" }), "/nobody/shop/web");
    expect([seen.trees, asked]).toEqual([["neg"], before]);
  });

  it("are found again by their own ids", async () => {
    const one = namer();
    using first = new Seen(one, "/080/SHOP/WEB/rest");
    await first.is(/^\//);
    const id = first.tree.split(" + ")[0] ?? "";
    using second = new Seen(one, Path.parse(id).drop(2).show());
    expect(second.tree).toBe(id);
    expect([...second.inner]).toEqual([...first.inner]);
  });

  it("are enumerated with every named port, in order", async () => {
    const names: string[][] = [];
    const handle = namer()
      .enumerate?.()
      .run.observe((state) => {
        if (state.status === "ok") names.push(state.value.map((path) => path.show()));
      });
    await until(() => names.length > 0);
    handle?.close();
    expect(names).toEqual([
      ["/http/blog/web", "/https/blog/web", "/feed/blog/web", "/http/shop/web", "/https/shop/web"],
    ]);
  });
});

describe("a service at a host name", () => {
  const external = service("shop/db", { kind: "externalService", hostname: "db.example.com" });
  const handlersOf = (services: unknown) => [
    http.get("*/version", ({ request }) =>
      request.url.includes("wait=true") ? new Promise<never>(() => {}) : new HttpResponse("1"),
    ),
    http.get("*/containers", () => HttpResponse.json([])),
    http.get("*/services", () => HttpResponse.json(services as object)),
    http.get("*", () => new HttpResponse("Not found", { status: 404 })),
  ];

  it("is at its addresses, and follows them; it does not exist while the host does not", async () => {
    const host = Var.mutable<Addr>(Addr.pending);
    const inet: InetResolver = () => host;
    const env = { ...testEnv({ prefix: Path.parse("/#/r") }), inet, dispatcher: mswDispatcher(handlersOf([external])) };
    using seen = new Seen(rancherNamer({}, env), "/5432/shop/db");
    await until(() => seen.status?.state === "live");
    expect(seen.tree).toBe("pending");
    host.update(Addr.bound([address("192.0.2.1", 5432), address("192.0.2.2", 5432)]));
    await seen.has("192.0.2.1:5432", "192.0.2.2:5432");
    host.update(Addr.bound([address("192.0.2.3", 5432)]));
    await seen.has("192.0.2.3:5432");
    host.update(Addr.neg);
    await seen.is("neg");
    expect(seen.trees).toEqual(["pending", "/#/r/5432/shop/db", "neg"]);
  });
});

describe("the namer", () => {
  it("shows its state, without credentials and in order", async () => {
    const one = namer();
    using seen = new Seen(one, "/http/shop/web");
    await seen.is(/^\//);
    expect(JSON.parse(JSON.stringify(one.state?.()))).toMatchObject({
      watch: { state: "live" },
      state: { services: { "blog/web": ["fd00::1"], "shop/web": ["10.0.0.1", "10.0.0.2"] }, skipped: 0 },
    });
  });

  it("refuses options that are wrong, by name", () => {
    expect(() => rancherNamer({ maxWait: 0 })).toThrow(expect.objectContaining({ code: "NAMER_CONFIG" }));
  });

  it("is a plug-in", async () => {
    expect([rancher.role, rancher.kind, rancher.experimental]).toEqual(["namer", "io.l5d.rancher", undefined]);
    const checked = await rancher.config?.["~standard"].validate({});
    if (checked === undefined || checked.issues) throw new Error("no options are needed");
    expect(rancher.create(checked.value, testEnv()).lookup).toBeTypeOf("function");
  });
});
