import { type Clock, Path } from "@namerkit/core";
import { testEnv } from "@namerkit/core/testing";
import { fastClock, Seen, until } from "@namerkit/testing";
import { KubernetesFake, type KubernetesFakeOptions, type KubernetesPort } from "@namerkit/testing/kubernetes";
import { afterEach, describe, expect, it } from "vitest";
import type { K8sOptions } from "./config/namer-config.js";
import { k8sNamer } from "./standalone.js";

/** A minute of the server and of the namer is a second here. */
const clock: Clock = fastClock(60);
const ports = [{ name: "http", port: 80, targetPort: 8080 }];
const pods = (...last: number[]) => last.map((one) => ({ ip: `10.0.0.${one}` }));
const at = (...last: number[]) => last.map((one) => `10.0.0.${one}:8080`);
const patience = { timeoutMs: 30_000 };

let fake: KubernetesFake;
let port: KubernetesPort;
let closing: AbortController;
const open: Seen[] = [];

async function cluster(options: KubernetesFakeOptions = {}): Promise<void> {
  closing = new AbortController();
  fake = new KubernetesFake({ clock, ...options });
  port = await fake.listen();
  fake.service("prod", "web", { ports });
  fake.pods("prod", "web", pods(1, 2));
}

function see(options: K8sOptions = {}, path = "/prod/http/web"): Seen {
  const env = { ...testEnv({ prefix: Path.parse("/#/io.l5d.k8s") }), clock, shutdown: closing.signal };
  const namer = k8sNamer({ host: "127.0.0.1", port: port.port, scope: "namespace", lingerMs: 0, ...options }, env);
  const seen = new Seen(namer, path);
  open.push(seen);
  return seen;
}

async function settled(seen: Seen, ...last: number[]): Promise<void> {
  await until(() => String(seen.addresses) === String(at(...last)) && seen.tree.startsWith("/"), patience);
}

/** A watch is open, so that what happens now is told by that one. */
const watching = () => until(() => fake.watches("endpointslices") === 1, patience);

afterEach(async () => {
  for (const seen of open.splice(0)) seen.close();
  closing.abort();
  await fake[Symbol.asyncDispose]();
});

/** Neither absent nor failed, at any time since it was there. */
function expectSteady(seen: Seen): void {
  const [, ...after] = seen.trees.slice(seen.trees.findIndex((tree) => tree.startsWith("/")));
  expect(after.filter((tree) => !tree.startsWith("/"))).toEqual([]);
}

describe("an API server", { timeout: 60_000 }, () => {
  it("that is stopped and started anew is followed, though its open watches live on for a minute", async () => {
    await cluster();
    const seen = see();
    await settled(seen, 1, 2);
    await watching();
    fake.restart({ downMs: 3_000, forbiddenMs: 500 });
    fake.pods("prod", "web", pods(1, 2, 3));
    await settled(seen, 1, 2, 3);
    await until(() => fake.alive, patience);
    fake.pods("prod", "web", pods(3));
    await settled(seen, 3);
    // The old server's watch ends, and the version that it was at is too old for the new one.
    await until(() => fake.watches("endpointslices") === 0, patience).catch(() => {});
    fake.pods("prod", "web", pods(3, 4));
    await settled(seen, 3, 4);
    expectSteady(seen);
  });

  it("that is killed is followed, and a 403 of its first moment is not believed", async () => {
    await cluster();
    const seen = see();
    await settled(seen, 1, 2);
    await watching();
    fake.restart({ killed: true, downMs: 3_000, forbiddenMs: 2_000 });
    fake.pods("prod", "web", pods(5));
    await settled(seen, 5);
    expectSteady(seen);
  });

  it("that has forgotten says so in the stream, and is listed anew", async () => {
    await cluster();
    const seen = see();
    await settled(seen, 1, 2);
    await watching();
    port.server.behave("reset");
    fake.drop("reset");
    fake.pods("prod", "web", pods(2));
    fake.forget();
    port.heal();
    await settled(seen, 2);
    expectSteady(seen);
  });

  it("whose store was put back is noticed: versions of the future are silent", async () => {
    await cluster();
    const backup = fake.backup();
    const seen = see();
    await settled(seen, 1, 2);
    for (let i = 3; i < 9; i++) fake.pods("prod", "web", pods(1, 2, i));
    await settled(seen, 1, 2, 8);
    await watching();
    fake.restore(backup);
    await settled(seen, 1, 2);
    expectSteady(seen);
  });

  it("may cut what it says anywhere, also within a letter", async () => {
    await cluster();
    fake.faults = { pieces: (text) => text.split(/(?<=.{7})/su) };
    fake.service("prod", "web", { ports, labels: { owner: "Ärzte-für-日本" } });
    const seen = see();
    await settled(seen, 1, 2);
    fake.pods("prod", "web", pods(7));
    await settled(seen, 7);
  });

  it("sends bookmarks, which are no updates", async () => {
    await cluster();
    const seen = see();
    await settled(seen, 1, 2);
    await watching();
    const { length } = seen.addrs;
    for (let i = 0; i < 5; i++) fake.bookmark();
    fake.pods("prod", "web", pods(4));
    await settled(seen, 4);
    expect(seen.addrs.length).toBe(length + 1);
  });

  it("that sends clients away is left alone for as long as it says", async () => {
    await cluster();
    let refused = 0;
    fake.faults = {
      answer: () => {
        refused++;
        return { status: 429, headers: { "retry-after": "20" }, body: "too many requests" };
      },
    };
    const seen = see();
    await until(() => refused > 0, patience);
    const before = refused;
    await new Promise((resolve) => setTimeout(resolve, 200));
    // Of the twenty seconds twelve have passed.
    expect(refused).toBeLessThanOrEqual(before + 2);
    fake.faults = {};
    await settled(seen, 1, 2);
  });

  it("that ends every watch at once is not asked for ever anew", async () => {
    await cluster();
    fake.faults = { closeAtOnce: true };
    const seen = see();
    await settled(seen, 1, 2);
    const before = port.server.requestCount;
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    // A minute here, of three collections.
    expect(port.server.requestCount - before).toBeLessThan(300);
    fake.pods("prod", "web", pods(6));
    fake.faults = {};
    await settled(seen, 6);
  });

  it("without streamed lists and without slices is read as it is", async () => {
    await cluster({ version: "1.20" });
    const seen = see();
    await settled(seen, 1, 2);
    fake.pods("prod", "web", pods(9));
    await settled(seen, 9);
    expect(fake.watches("endpoints")).toBeGreaterThan(0);
  });

  it("of which the store hangs keeps what was known", async () => {
    await cluster();
    const seen = see();
    await settled(seen, 1, 2);
    fake.faults = { etcdHangs: true };
    fake.drop("reset");
    await until(() => seen.status?.lastError !== undefined, patience);
    expectSteady(seen);
    fake.faults = {};
    fake.pods("prod", "web", pods(3));
    await settled(seen, 3);
  });
});

describe("endpoints", { timeout: 60_000 }, () => {
  it("leave as soon as they are terminating or not ready, unless the service publishes them anyway", async () => {
    await cluster();
    const seen = see();
    await settled(seen, 1, 2);
    fake.pods("prod", "web", [{ ip: "10.0.0.1", terminating: true }, { ip: "10.0.0.2" }]);
    await settled(seen, 2);
    fake.pods("prod", "web", [{ ip: "10.0.0.2", ready: false }]);
    await until(() => seen.tree === "neg", patience);
    fake.service("prod", "web", { ports, clusterIP: "None", publishNotReadyAddresses: true });
    await settled(seen, 2);
  });

  it("of more than a hundred pods, in several slices, are one set", async () => {
    await cluster();
    const many = Array.from({ length: 120 }, (_, i) => i + 1);
    fake.pods("prod", "web", pods(...many));
    const seen = see();
    await until(() => seen.addresses.length === 120, patience);
    fake.pods("prod", "web", pods(...many.slice(0, 30)));
    await until(() => seen.addresses.length === 30, patience);
    expectSteady(seen);
  });

  it("have the numbers that their own pods give a named port", async () => {
    await cluster();
    fake.service("prod", "web", { ports: [{ name: "http", port: 80, targetPort: "web" }] });
    fake.pods("prod", "web", [
      { ip: "10.0.0.1", ports: { web: 8080 } },
      { ip: "10.0.0.2", ports: { web: 9090 } },
    ]);
    for (const path of ["/prod/http/web", "/prod/80/web"]) {
      await see({}, path).has("10.0.0.1:8080", "10.0.0.2:9090");
    }
  });
});
