import { Path } from "@namerkit/core";
import { testEnv } from "@namerkit/core/testing";
import { answer, type Behaviour, fastClock, Seen, until } from "@namerkit/testing";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { attacks, oddities, raw } from "../test-support/attacks.js";
import { asCatalog, entry } from "../test-support/entries.js";
import { TestConsul } from "../test-support/test-consul.js";
import type { ConsulOptions } from "./config/namer-config.js";
import { consulNamer } from "./standalone.js";

const clock = fastClock(50);
const TOKEN = "5e0c9f3a-1111-2222-3333-444455556666";
const web = (...numbers: readonly number[]) => numbers.map((n) => entry("web", `10.0.0.${n}`, 80));

let consul: TestConsul;
let env = testEnv();
const open: Seen[] = [];
const namerWith = (options: ConsulOptions = {}) =>
  consulNamer({ ...consul.options, lingerMs: 0, waitMs: 2_000, token: TOKEN, ...options }, { ...env, clock });
const see = (options: ConsulOptions = {}, path = "/dc1/web", namer = namerWith(options)): Seen => {
  const seen = new Seen(namer, path);
  open.push(seen);
  return seen;
};

beforeEach(async () => {
  env = testEnv({ prefix: Path.parse("/#/io.l5d.consul") });
  consul = await TestConsul.start(clock);
  consul.put("web", web(1));
});
afterEach(async () => {
  for (const seen of open.splice(0)) seen.close();
  await consul[Symbol.asyncDispose]();
});

describe("an answer that is not to be believed", () => {
  it.each(Object.entries(attacks))(
    "%s: no address comes of it, none goes, and it is asked ever more rarely",
    async (_, fault) => {
      // On a busy machine the first answer takes its time, at this speed.
      const seen = see({ firstAnswerMs: 60_000 });
      await seen.has("10.0.0.1:80");
      await until(() => consul.held === 1);
      consul.server.behave(fault);
      consul.touch();
      await until(() => seen.status?.state === "stale", { what: "the failure" });
      const before = consul.server.requestCount;
      await clock.sleep(10_000);
      expect(consul.server.requestCount - before).toBeLessThan(20);
      expect(seen.trees).toEqual(["pending", "/#/io.l5d.consul/dc1/web"]);
      expect(seen.addrs).toHaveLength(1);
      expect(seen.status?.lastError?.message.length).toBeLessThan(1_000);
      consul.port.heal();
      consul.put("web", web(2));
      await seen.has("10.0.0.2:80");
    },
  );

  it.each(Object.entries(attacks))("%s, as the first: nothing is bound, nothing is Neg", async (_, fault) => {
    consul.server.behave(fault);
    const seen = see();
    await seen.is(/^failed/);
    expect(seen.trees).toEqual(["pending", expect.stringMatching(/^failed: NAMER_(ANSWER|UNAVAILABLE)$/)]);
    consul.port.heal();
    await seen.has("10.0.0.1:80");
  });
});

describe("an answer that is odd, and true", () => {
  it.each(Object.entries(oddities))("%s", async (_, fault) => {
    consul.server.behave(fault);
    await see().has("10.0.0.2:80");
  });
});

describe("an index that is none", () => {
  it.each(["1e308", "-5", "0x10", "18446744073709551616", "9".repeat(5_000), "7, 9", "NaN", "1 2", "٣"])(
    "%s: followed all the same, and never sent back",
    async (index) => {
      consul.fake.faults = { index: () => index };
      const asBytes = raw(
        `HTTP/1.1 200 OK\nX-Consul-Index: ${index}\nConnection: close\n\n`,
        JSON.stringify(web(1).map(asCatalog)),
      );
      if (/[^ -~]/.test(index)) consul.server.behave(asBytes);
      const seen = see();
      await seen.has("10.0.0.1:80");
      await clock.sleep(20_000);
      expect(consul.server.requestCount).toBeLessThan(10);
      expect(consul.server.requests.filter(({ url }) => url.includes("index="))).toEqual([]);
      expect(seen.addrs).toHaveLength(1);
    },
  );
});

describe("an answer too many", () => {
  it("is not taken for that of the next question", async () => {
    consul.put("api", [entry("api", "10.0.1.1", 80)]);
    const stray = (service: string): string => {
      const body = JSON.stringify([asCatalog(entry(service, "10.6.6.6", 80))]);
      return `HTTP/1.1 200 OK\r\nX-Consul-Index: 99\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
    };
    const body = JSON.stringify(web(1).map(asCatalog));
    const two: Behaviour = {
      name: "two answers",
      async request({ socket, wait }) {
        socket.write(`HTTP/1.1 200 OK\r\nX-Consul-Index: 98\r\nContent-Length: ${body.length}\r\n\r\n${body}`);
        if (await wait(1)) socket.write(stray("web").repeat(3));
      },
    };
    consul.port.fault = ({ url }) => (url.startsWith("/v1/catalog/service/web") ? two : undefined);
    const namer = namerWith();
    const [first, second] = [see({}, "/dc1/web", namer), see({}, "/dc1/api", namer)];
    await first.has("10.0.0.1:80");
    await second.has("10.0.1.1:80");
    await clock.sleep(20_000);
    expect(second.addrs).toHaveLength(1);
    expect(JSON.stringify(second.addrs)).not.toContain("10.6.6.6");
  });
});

describe("a prepared query", () => {
  it("is not gone because a page is missing, but when Consul says so", async () => {
    consul.fake.query("best", { service: "web" });
    const seen = see({ preparedQueries: true, queryIntervalMs: 500 }, "/dc1/best");
    await seen.has("10.0.0.1:80");
    consul.port.fault = () => answer("<h1>Not Found</h1>", { status: 404, headers: { "content-type": "text/html" } });
    await until(() => seen.status?.state === "stale");
    expect(seen.status?.lastError?.message).toContain("status 404: <h1>Not Found</h1>");
    await clock.sleep(10_000);
    expect(seen.trees).toEqual(["pending", "/#/io.l5d.consul/dc1/best"]);
    consul.port.fault = undefined;
    consul.fake.query("best", undefined);
    await seen.is("neg");
  });
});

describe("what is called oddly", () => {
  it.each([
    "a/b",
    "100%",
    "%2e%2e",
    "what?",
    "a#b",
    "a&dc=dc2",
    "ΟΔΟΣ",
    "\u{1f980}",
    "a b\u00a0",
    "\ufffd",
    "constructor",
    "__proto__",
  ])("%s is asked for as that", async (service) => {
    const asked = new Map<string, string>();
    consul.port.fault = ({ url }) => {
      asked.set("path", decodeURIComponent(new URL(url, "http://consul").pathname.split("/").at(-1) ?? ""));
      asked.set("parameters", [...new URL(url, "http://consul").searchParams.keys()].join());
      return answer(JSON.stringify([asCatalog(entry(service, "10.0.0.9", 80))]), {
        headers: { "x-consul-index": "0" },
      });
    };
    const path = Path.of("dc1", service).show();
    await see({}, path).has("10.0.0.9:80");
    expect(asked.get("path")?.toUpperCase()).toBe(service.toUpperCase());
    expect(asked.get("parameters")).toBe("dc");
  });

  it.each(["a\u0000b", "../../kv/secret", "a//b", "\r\nX-Consul-Token: x"])(
    "%j is Neg without a question",
    async (service) => {
      await see({}, Path.of("dc1", service).show()).is("neg");
      expect(consul.server.requestCount).toBe(0);
    },
  );

  it("sends no Host that is none", async () => {
    consul.saysOfItself({ Config: { Datacenter: "dc1\r\nx: y" }, DebugConfig: { DNSDomain: "consul." } });
    const mine = { meta: { authority: "a b\r\nx: y", team: "a" } };
    consul.put("web", [entry("web", "10.0.0.1", 80, mine)]);
    for (const options of [{ setHost: true, transferMetadata: true }, { transferMetadata: true }]) {
      const seen = see(options, "/.local/web");
      await seen.has("10.0.0.1:80");
      expect(seen.addrs.at(-1)).toMatchObject({ meta: { team: "a" } });
      expect(seen.addrs.at(-1)).not.toHaveProperty("meta.authority");
    }
  });
});

describe("the token", () => {
  const everywhere = {
    location: `http://10.6.6.6/${TOKEN}?token=${TOKEN}`,
    "retry-after": TOKEN,
    "content-type": `text/${TOKEN}`,
    "x-consul-index": TOKEN,
    "x-consul-knownleader": TOKEN,
    "x-consul-lastcontact": TOKEN,
    "x-consul-effective-consistency": TOKEN,
    "x-consul-query-backend": TOKEN,
    "x-consul-default-acl-policy": TOKEN,
  };
  const body = `${"x".repeat(190)}${TOKEN} "${TOKEN}" Bearer ${TOKEN}`;
  it.each<[string, Behaviour]>([
    ["a refusal", answer(body, { status: 403, headers: everywhere })],
    ["an error", answer(body, { status: 500, headers: everywhere })],
    ["a redirect", answer(body, { status: 307, headers: everywhere })],
    ["no JSON", answer(`[{"Node": "${body}`, { headers: everywhere })],
    ["a list", answer(JSON.stringify([asCatalog(entry("web", "10.0.0.2", 80))]), { headers: everywhere })],
    ["no HTTP", raw(`${TOKEN} HTTP/1.1\nX: ${TOKEN}\n\n`)],
    ["a status line", raw(`HTTP/1.1 500 ${TOKEN}\n\n`)],
  ])("that is sent back in %s is shown nowhere", async (_, fault) => {
    const namer = namerWith();
    const seen = see({}, "/dc1/web", namer);
    await seen.has("10.0.0.1:80");
    consul.server.behave(fault);
    consul.touch();
    await until(() => seen.status?.state === "stale" || seen.addresses.includes("10.0.0.2:80"));
    await clock.sleep(2_000);
    const shown = JSON.stringify([namer.state?.(), seen.status, seen.states, seen.addrs, env.log.lines]);
    expect(shown).not.toContain(TOKEN);
    expect(shown).not.toContain(TOKEN.slice(0, 12));
  });

  it("goes to nobody else, wherever a redirect points", async () => {
    await using elsewhere = await TestConsul.start(clock);
    consul.server.behave(
      answer("", { status: 307, headers: { location: `${elsewhere.server.url}/v1/catalog/service/web` } }),
    );
    await see().is(/^failed/);
    expect(elsewhere.server.requestCount).toBe(0);
  });
});

describe("the list of all names", () => {
  it("is not empty because somebody else answers", async () => {
    const listed: string[] = [];
    const handle = namerWith()
      .enumerate?.()
      .run.observe((state) => {
        if (state.status === "ok") listed.push(state.value.map((path) => path.show()).join());
      });
    await until(() => listed.at(-1) === "/dc1/consul,/dc1/web");
    const before = consul.server.requestCount;
    consul.port.fault = () => answer("null", { headers: { "x-consul-index": "5" } });
    await until(() => consul.server.requestCount > before + 1);
    consul.port.fault = ({ url }) => (url.includes("services") ? answer("[]") : undefined);
    await clock.sleep(40_000);
    expect(listed).toEqual(["/dc1/consul,/dc1/web"]);
    handle?.close();
  });
});
