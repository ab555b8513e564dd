import process from "node:process";
import { expect, it } from "vitest";
import { TestFolder } from "../support/folder.js";
import { mockMetadataBin, namerkitBin } from "../support/paths.js";
import { TestProcess } from "../support/process.js";

interface Line {
  readonly at: string;
  readonly event: "tree" | "addr";
  readonly state?: string;
  readonly tree?: { readonly type: string } | null;
  readonly error?: string | null;
  readonly id?: string;
  readonly addr?: { readonly type: string; readonly addrs?: readonly { readonly ip: string; readonly port: number }[] };
}

const stack = `
stacks:
  shop:
    services:
      web: { addresses: [10.42.0.1, 10.42.0.2, 10.42.0.3, 10.42.0.4, 10.42.0.5], scale: 1 }
      spare: { addresses: [10.42.0.9] }
`;

it("follows the mock by hand: one tree line per route, one addr line per address set, nothing twice", async () => {
  await using folder = await TestFolder.make();
  const description = await folder.write("stack.yaml", stack);
  await using mock = new TestProcess(process.execPath, [
    mockMetadataBin,
    description,
    "--port",
    "0",
    "--control-port",
    "0",
  ]);
  const [, port] = await mock.match(/serving metadata on http:\/\/127\.0\.0\.1:(\d+)/);
  const [, controlPort] = await mock.match(/serving control on http:\/\/127\.0\.0\.1:(\d+)/);
  const control = async (call: string): Promise<void> => {
    const answer = await fetch(`http://127.0.0.1:${controlPort}/${call}`, { method: "POST" });
    expect(answer.status, await answer.text()).toBe(200);
  };
  const config = await folder.write(
    "linkerd.yaml",
    `
namers:
- kind: io.l5d.rancher
  host: 127.0.0.1
  port: ${port}
routers:
- protocol: http
  dtab: |
    /svc => /#/io.l5d.rancher/http/shop ;
    /svc/either => /#/io.l5d.rancher/http/shop/web | /#/io.l5d.rancher/http/shop/spare ;
  servers:
  - port: 0
`,
  );
  await using bind = new TestProcess(process.execPath, [
    namerkitBin,
    "bind",
    config,
    "/svc/either",
    "--watch",
    "--json",
  ]);
  const lines = (): Line[] => bind.lines.map((line) => JSON.parse(line));
  const ips = (line: Line | undefined): string[] => line?.addr?.addrs?.map(({ ip }) => ip) ?? [];
  const reach = (what: string, holds: (all: Line[]) => boolean) =>
    bind.until(() => (holds(lines()) ? lines() : undefined), what);

  await reach("first address", (all) => ips(all.at(-1)).join() === "10.42.0.1");
  await control("scale?service=shop/web&to=5");
  await reach("five addresses", (all) => ips(all.at(-1)).length === 5);
  // A new version with the same content is nothing new.
  await control("reload");
  await control("scale?service=shop/web&to=1");
  await reach("one address again", (all) => ips(all.at(-1)).length === 1);
  const trees = () => lines().filter((line) => line.event === "tree" && line.state === "ok");
  expect(trees()).toHaveLength(1);
  await control("stop?service=shop/web");
  await reach("the fallback", (all) => ips(all.at(-1)).join() === "10.42.0.9");
  await control("start?service=shop/web");
  const all = await reach("the first choice again", (seen) => ips(seen.at(-1)).join() === "10.42.0.1");

  expect(trees().map((line) => JSON.stringify(line.tree))).toEqual(
    ["web", "spare", "web"].map((name) =>
      JSON.stringify({ type: "leaf", bound: { id: `/#/io.l5d.rancher/http/shop/${name}`, path: "/" } }),
    ),
  );
  const addrs = all.filter((line) => line.event === "addr" && line.addr?.type === "bound");
  expect(addrs.map((line) => ips(line).length)).toEqual([1, 5, 1, 1, 1]);
  expect(ips(addrs[1])).toEqual([...ips(addrs[1])].sort());
  for (const line of all) expect(new Date(line.at).toISOString()).toBe(line.at);

  bind.signal("SIGINT");
  expect((await bind.end()).code).toBe(0);
  mock.signal("SIGTERM");
  expect((await mock.end()).code).toBe(0);
});

it("says why a name is pending or failed when the catalogue cannot be reached, and exits by it", async () => {
  await using folder = await TestFolder.make();
  const config = await folder.write(
    "linkerd.yaml",
    `
namers:
- { kind: io.l5d.rancher, host: 127.0.0.1, port: 1 }
routers:
- { protocol: http, dtab: "/svc => /#/io.l5d.rancher/http/shop", servers: [{ port: 0 }] }
`,
  );
  await using early = new TestProcess(process.execPath, [
    namerkitBin,
    "bind",
    config,
    "/svc/web",
    "--timeout",
    "1500",
    "--json",
  ]);
  const pending = await early.end();
  expect(pending.code).toBe(4);
  expect(JSON.parse(pending.stdout)).toMatchObject({
    state: "pending",
    tree: null,
    error: expect.stringContaining("ECONNREFUSED"),
  });
  await using patient = new TestProcess(process.execPath, [namerkitBin, "bind", config, "/svc/web"]);
  const failed = await patient.end();
  expect(failed.code).toBe(1);
  expect(failed.stdout).toContain("ECONNREFUSED");
});
