import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { ManualClock } from "@namerkit/core/testing";
import { testAuthority } from "@namerkit/testing";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { checkOptions, type K8sOptions } from "../config/namer-config.js";
import { accessOf } from "./access.js";

let folder: string;
let clock: ManualClock;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "namerkit-kubeconfig-"));
  clock = new ManualClock({ wall: Date.UTC(2030, 0, 1) });
});
afterEach(() => rmSync(folder, { recursive: true }));

const put = (name: string, text: string): string => {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
};
const access = (kubeconfig: string, context?: string, environment: Record<string, string> = {}) =>
  accessOf({ kubeconfig, context }, { clock, baseDir: folder, environment });

const config = (user: string, cluster = "server: https://api.example:6443/k8s/") => `
apiVersion: v1
kind: Config
current-context: here
contexts:
- { name: here, context: { cluster: c, user: u } }
- { name: there, context: { cluster: d } }
clusters:
- { name: c, cluster: { ${cluster} } }
- { name: d, cluster: { server: "http://127.0.0.1:8001" } }
users:
- { name: u, user: { ${user} } }
`;

describe("a kubeconfig", () => {
  it("says where the API is, and who we are there", async () => {
    const found = access(put("config", config("token: s3cret")));
    expect(found).toMatchObject({ base: "https://api.example:6443/k8s", tls: {} });
    expect(await found.credentials?.headers()).toEqual({ authorization: "Bearer s3cret" });
    expect(found.from).toBe(`context here of ${join(folder, "config")}`);
    expect(JSON.stringify({ ...found, credentials: undefined })).not.toContain("s3cret");
    const other = access("config", "there");
    expect(other).toMatchObject({ base: "http://127.0.0.1:8001", tls: undefined, credentials: undefined });
  });

  it("names files relative to itself, and holds data in their place", () => {
    const authority = testAuthority();
    const base64 = (text: string) => Buffer.from(text).toString("base64");
    const issued = authority.issue({ names: ["me"] });
    const user = `client-certificate-data: ${base64(issued.cert)}, client-key-data: ${base64(issued.key)}`;
    const server = `server: https://a, tls-server-name: kubernetes`;
    const byData = access(
      put("data", config(user, `${server}, certificate-authority-data: ${base64(authority.cert)}`)),
    );
    expect(byData.pem).toEqual({ ca: authority.cert, cert: issued.cert, key: issued.key });
    expect(byData.tls).toEqual({ commonName: "kubernetes" });
    const files = "client-certificate: me.pem, client-key: /keys/me.pem";
    const byFiles = access(put("files", config(files, `${server}, certificate-authority: ca.pem`)));
    expect(byFiles.tls).toEqual({
      commonName: "kubernetes",
      trustCertsBundle: join(folder, "ca.pem"),
      clientAuth: { certPath: join(folder, "me.pem"), keyPath: "/keys/me.pem" },
    });
    expect(access(put("skip", config("{}", "server: https://a, insecure-skip-tls-verify: true"))).tls).toMatchObject({
      disableValidation: true,
    });
  });

  it("names a proxy", () => {
    const found = access(
      put("proxied", config("token: t", 'server: https://a, proxy-url: "http://me:pass@proxy:3128"')),
    );
    expect(found.proxy).toMatchObject({ protocol: "http:", hostname: "proxy", port: "3128", username: "me" });
    expect(access(put("direct", config("token: t"))).proxy).toBeUndefined();
  });

  it("is merged of several, of which the first counts", async () => {
    const one = put(
      "one",
      "contexts:\n- { name: here, context: { cluster: c, user: mine } }\nusers:\n- { name: mine, user: { token: mine } }",
    );
    const two = put("two", config("token: theirs"));
    const both = access(`${one}:${two}`);
    expect(both.base).toBe("https://api.example:6443/k8s");
    expect(await both.credentials?.headers()).toEqual({ authorization: "Bearer mine" });
    const byEnvironment = access("", undefined, { KUBECONFIG: `${join(folder, "nowhere")}:${one}:${two}` });
    expect(await byEnvironment.credentials?.headers()).toEqual({ authorization: "Bearer mine" });
    expect(() => access("", undefined, { HOME: folder })).toThrow(/there is none: .*\.kube\/config/);
  });

  it("has tokens in files, and names with passwords", async () => {
    put("token", "t1\n");
    const byFile = access(put("file", config("tokenFile: token")));
    expect(await byFile.credentials?.headers()).toEqual({ authorization: "Bearer t1" });
    const byName = access(put("name", config("username: me, password: pass")));
    expect(await byName.credentials?.headers()).toEqual({ authorization: `Basic ${btoa("me:pass")}` });
  });

  it.each([
    ["nowhere", undefined, /nowhere: ENOENT/],
    ["not: [yaml", undefined, /it is not YAML/],
    ["just text", undefined, /holds no configuration/],
    ["{}", undefined, /there is no current-context/],
    [config("token: s3cret"), "elsewhere", /there is no context elsewhere/],
    ["current-context: x\ncontexts: [{ name: x, context: { cluster: y } }]", undefined, /there is no cluster y/],
    [config("token: s3cret", "server: nonsense"), undefined, /clusters\[c\]: server is not a URL/],
    [
      config("token: s3cret", "server: https://a, proxy-url: nonsense"),
      undefined,
      /proxy-url is not the URL of a proxy/,
    ],
    [config("token: t", 'server: https://a, proxy-url: "socks5://me:s3cret@p"'), undefined, /proxy-url is not the URL/],
    [config("auth-provider: { name: gcp }"), undefined, /use an exec plug-in/],
    [config("client-certificate: x"), undefined, /needs its key/],
    [config("client-key-data: AAAA"), undefined, /not PEM in base64/],
    [config("exec: { command: x, apiVersion: v9 }"), undefined, /apiVersion v9 is not one that is known/],
  ])("is refused with what is wrong: %#", (text, context, message) => {
    const file = text === "nowhere" ? "nowhere" : put("config", text);
    expect(() => access(file, context)).toThrow(message);
    expect(() => access(file, context)).toThrow(/^((?!s3cret).)*$/s);
  });

  it("stands alone in a configuration", () => {
    const wrong: [K8sOptions, RegExp][] = [
      [{ kubeconfig: "x", host: "h" }, /host: the kubeconfig says that/],
      [{ kubeconfig: "x", token: "t" }, /token: the kubeconfig says that/],
      [{ context: "x" }, /there is none/],
    ];
    for (const [options, message] of wrong) expect(() => checkOptions(options)).toThrow(message);
    expect(() => checkOptions({ kubeconfig: "", context: "x" })).not.toThrow();
  });
});

describe("a credential plug-in", () => {
  const version = "client.authentication.k8s.io/v1";
  const plugin = (body: string): string => {
    const file = put("plugin", `#!${process.execPath}\n${body}`);
    chmodSync(file, 0o755);
    return `exec: { apiVersion: ${version}, command: ./plugin, args: [one], env: [{ name: WHO, value: me }], interactiveMode: Never }`;
  };
  const count = `const fs = require("fs"); fs.appendFileSync(${"__dirname"} + "/calls", process.argv[2] + process.env.WHO + "\\n");`;
  const tell = (status: string) =>
    `${count} console.log(JSON.stringify({ apiVersion: JSON.parse(process.env.KUBERNETES_EXEC_INFO).apiVersion, kind: "ExecCredential", status: ${status} }));`;
  const calls = (): string[] => readFileSync(join(folder, "calls"), "utf8").trim().split("\n");
  const environment = { PATH: process.env["PATH"] ?? "" };

  it("is asked once for all who need it, and again when its token has expired", async () => {
    const expires = new Date(clock.wall() + 60_000).toISOString();
    const user = plugin(
      tell(`{ token: "t" + fs.readFileSync(__dirname + "/calls").length, expirationTimestamp: "${expires}" }`),
    );
    const { credentials } = access(put("config", config(user)), undefined, environment);
    const all = await Promise.all([credentials?.headers(), credentials?.headers(), credentials?.headers()]);
    expect(new Set(all.map((one) => one?.["authorization"])).size).toBe(1);
    await credentials?.headers();
    expect(calls()).toEqual(["oneme"]);
    await clock.advance(55_000);
    await credentials?.headers();
    expect(calls()).toHaveLength(2);
  }, 30_000);

  it("is asked for another token where one is refused", async () => {
    const user = plugin(tell(`{ token: "t" + fs.readFileSync(__dirname + "/calls").length }`));
    const { credentials } = access(put("config", config(user)), undefined, environment);
    await credentials?.headers();
    expect(await credentials?.refused?.()).toBe(true);
    const same = access(put("config", config(plugin(tell(`{ token: "same" }`)))), undefined, environment).credentials;
    await same?.headers();
    expect(await same?.refused?.()).toBe(false);
  }, 30_000);

  it.each([
    ["process.stderr.write('log in first'); process.exit(3)", /it failed \(3\): log in first/],
    ["console.log('hello')", /not JSON/],
    ["console.log('{}')", /no ExecCredential/],
    [tell("{}"), /it prints neither a token nor a certificate/],
    [tell(`{ token: "two\\nlines" }`), /what it prints is no token/],
    [tell(`{ clientCertificateData: "x" }`), /a certificate needs its key/],
  ])(
    "that does not work says why: %#",
    async (body, message) => {
      const { credentials } = access(put("config", config(plugin(body))), undefined, environment);
      await expect(credentials?.headers()).rejects.toMatchObject({
        code: "NAMER_UNAVAILABLE",
        message: expect.stringMatching(message),
      });
    },
    30_000,
  );

  it("that is not there says so", async () => {
    const user = `exec: { apiVersion: ${version}, command: no-such-command-here }`;
    const { credentials } = access(put("config", config(user)), undefined, environment);
    await expect(credentials?.headers()).rejects.toMatchObject({ message: expect.stringMatching(/ENOENT/) });
  });
});
