import { readFile } from "node:fs/promises";
import process from "node:process";
import { describe, expect, it } from "vitest";
import { TestFolder } from "../support/folder.js";
import { get, serve } from "../support/http.js";
import { namerkitBin, root } from "../support/paths.js";
import { runToEnd, TestProcess } from "../support/process.js";

const namerkit = (args: readonly string[], options: { readonly cwd?: string; readonly input?: string } = {}) =>
  runToEnd(process.execPath, [namerkitBin, ...args], options);

const config = (port = 8080): string => `
admin: { port: 0 }
routers:
- protocol: http
  dtab: |
    /svc => /$/inet/127.1/${port} ;
    /svc/alt => /nothing | /$/inet/127.1/${port} ;
    /svc/empty => /$/nil ;
    /svc/broken => /$/no.such.namer ;
  servers:
  - port: 0
`;

describe("the command line", () => {
  it("exits with 2 on a usage error, and says what is wrong", async () => {
    for (const [args, words] of [
      [[], "usage: namerkit"],
      [["dance"], 'there is no command "dance"'],
      [["bind", "x.yaml"], "PATH is missing"],
      [["bind", "x.yaml", "svc"], `'/' expected`],
      [["bind", "x.yaml", "/svc", "--dtab", "/a =>"], "--dtab"],
      [["bind", "x.yaml", "/svc", "--timeout", "soon"], "--timeout"],
      [["check"], "CONFIG is missing"],
      [["check", "a", "b"], 'unexpected argument "b"'],
      [["proxy", "--fast", "a"], "--fast"],
    ] as const) {
      const { code, stderr, stdout } = await namerkit(args);
      expect(stderr).toContain(words);
      expect(code).toBe(2);
      expect(stdout).toBe("");
    }
  });

  it("helps", async () => {
    const { code, stdout } = await namerkit(["--help"]);
    expect(code).toBe(0);
    for (const name of ["proxy", "check", "bind", "delegate", "schema", "demo"]) expect(stdout).toContain(`  ${name} `);
    expect((await namerkit(["bind", "--help"])).stdout).toContain("usage: namerkit bind CONFIG PATH");
    expect((await namerkit(["--version"])).stdout).toMatch(/^\d+\.\d+\.\d+/);
  });
});

describe("check", () => {
  it("accepts the examples", async () => {
    const { code, stdout } = await namerkit(["check", "examples/rancher/linkerd.yaml", "--json"], { cwd: root });
    expect(JSON.parse(stdout)).toEqual([]);
    expect(code).toBe(0);
  });

  it("says file, line, column, path, code and hint, of all that is wrong, from standard input too [parity: validate]", async () => {
    const input = "routers:\n- protocol: http\n  dtab: /svc => =>\n  serverz: []\n  servers: [{ port: abc }]\n";
    const json = await namerkit(["check", "-", "--json"], { input });
    expect(json.code).toBe(1);
    const problems = JSON.parse(json.stdout);
    expect(problems.map((one: { line: number; code: string }) => [one.line, one.code])).toEqual([
      [3, "DTAB_INVALID"],
      [4, "CONFIG_UNKNOWN_KEY"],
      [5, "CONFIG_TYPE"],
    ]);
    expect(problems[1]).toMatchObject({
      file: "<stdin>",
      col: 3,
      path: "routers.0.serverz",
      severity: "error",
      hint: "did you mean servers?",
    });
    const prose = await namerkit(["check", "-"], { input });
    expect(prose.stdout).toContain("<stdin>:4:3: routers.0.serverz: ");
  });

  it("exits with 1 for a file that is not there", async () => {
    const { code, stderr } = await namerkit(["check", "no-such-file.yaml"]);
    expect(code).toBe(1);
    expect(stderr).toContain("no-such-file.yaml");
  });
});

describe("bind and delegate", () => {
  it("exit by what a name comes to", async () => {
    await using folder = await TestFolder.make();
    await folder.write("linkerd.yaml", config());
    const bind = (path: string, ...more: string[]) =>
      namerkit(["bind", "linkerd.yaml", path, ...more], { cwd: folder.path });
    const found = await bind("/svc/web");
    expect(found.code, found.stderr).toBe(0);
    expect(found.stdout).toContain("127.0.0.1:8080");
    expect((await bind("/nothing")).code).toBe(3);
    expect((await bind("/svc/empty")).code).toBe(3);
    const broken = await bind("/svc/broken");
    expect(broken.code).toBe(1);
    expect(broken.stdout).toContain("Unknown namer: no.such.namer");
    const local = await bind("/svc/web", "--dtab", "/svc => /$/inet/127.0.0.2/99", "--json");
    expect(JSON.parse(local.stdout).addrs["/$/inet/127.0.0.2/99"].addrs).toEqual([
      { ip: "127.0.0.2", port: 99, weight: 1, meta: {} },
    ]);
    expect((await bind("/svc/web", "--router", "nope")).code).toBe(2);
  });

  it("explain every alternative", async () => {
    await using folder = await TestFolder.make();
    await folder.write("linkerd.yaml", config());
    const { code, stdout } = await namerkit(["delegate", "linkerd.yaml", "/svc/alt", "--json"], { cwd: folder.path });
    expect(code).toBe(0);
    const tree = JSON.parse(stdout);
    expect(tree).toMatchObject({ type: "alt", path: "/svc/alt" });
    expect(JSON.stringify(tree)).toContain('"type":"neg"');
    expect(JSON.stringify(tree)).toContain('"id":"/$/inet/127.1/8080"');
    const prose = await namerkit(["delegate", "linkerd.yaml", "/svc/alt"], { cwd: folder.path });
    expect(prose.stdout).toContain("= 127.0.0.1:8080");
  });
});

describe("schema", () => {
  it("prints a JSON Schema that knows the official kinds", async () => {
    const { code, stdout } = await namerkit(["schema"]);
    expect(code).toBe(0);
    expect(JSON.parse(stdout).$schema).toBe("https://json-schema.org/draft/2020-12/schema");
    expect(stdout).toContain("io.l5d.rancher");
  });
});

describe("proxy", () => {
  it("prints Linkerd's lines, serves, and drains at SIGTERM: the request under way is finished, the next is refused [parity: drain]", async () => {
    let arrived = (_finish: () => void): void => {};
    const underWay = new Promise<() => void>((resolve) => {
      arrived = resolve;
    });
    await using backEnd = await serve((request, response) => {
      if (request.url === "/slow") arrived(() => response.end("slow but done"));
      else response.end("hello");
    });
    await using folder = await TestFolder.make();
    await folder.write("linkerd.yaml", config(backEnd.port));
    await using proxy = new TestProcess(process.execPath, [namerkitBin, "proxy", "linkerd.yaml"], { cwd: folder.path });
    await proxy.match(/^initialized$/m);
    expect(proxy.lines[0]).toMatch(/^serving http admin on \/127\.0\.0\.1:\d+$/);
    const port = Number((await proxy.match(/^serving http on \/127\.0\.0\.1:(\d+)$/m))[1]);
    expect(await get(port, "web")).toEqual({ status: 200, body: "hello" });
    const slow = get(port, "web", "/slow");
    const finish = await underWay;
    proxy.signal("SIGTERM");
    await proxy.until(() => /Shutting down/.test(proxy.stderr) || undefined, "word of the drain");
    await expect(get(port, "web")).rejects.toThrow(/ECONNREFUSED|ECONNRESET/);
    finish();
    expect(await slow).toEqual({ status: 200, body: "slow but done" });
    expect((await proxy.end()).code).toBe(0);
  });

  it("exits with 1 when its port is taken, and when its configuration is bad", async () => {
    await using taken = await serve((_request, response) => response.end());
    await using folder = await TestFolder.make();
    await folder.write("taken.yaml", config().replace(/port: 0\n$/, `port: ${taken.port}\n`));
    const busy = await namerkit(["proxy", "taken.yaml"], { cwd: folder.path });
    expect(busy.stderr).toContain(String(taken.port));
    expect(busy.code).toBe(1);
    const bad = await namerkit(["proxy", "-"], { input: "routers: []\n" });
    expect(bad.stderr).toContain("<stdin>:1:");
    expect(bad.code).toBe(1);
  });
});

it("keeps the README's configuration in step with the example", async () => {
  const readme = await readFile(`${root}/README.md`, "utf8");
  const yaml = /```yaml\n([\s\S]*?)```/.exec(readme)?.[1] ?? "";
  const { code, stdout } = await namerkit(["check", "-", "--json"], { input: yaml });
  expect(JSON.parse(stdout)).toEqual([]);
  expect(code).toBe(0);
});
