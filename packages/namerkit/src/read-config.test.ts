import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable, Writable } from "node:stream";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { checkCommand } from "./commands/check.js";

let cwd: string;
beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), "namerkit-check-"));
});
afterEach(() => rmSync(cwd, { recursive: true, force: true }));

async function check(text: string) {
  let output = "";
  const stdout = new Writable({
    write(chunk, _encoding, done) {
      output += chunk;
      done();
    },
  });
  writeFileSync(join(cwd, "l5d.yaml"), text);
  const console = { stdout, stderr: new Writable({ write: (_c, _e, done) => done() }), stdin: Readable.from([]), cwd };
  const code = await checkCommand.run(["l5d.yaml"], console);
  return { code, lines: output.split("\n").filter((line) => !line.startsWith("    ")) };
}

const files = `namers:
- kind: io.l5d.fs
  rootDir: names
routers:
- protocol: http
  interpreter: { kind: io.l5d.fs, dtabFile: shop.dtab }
  servers:
  - port: 4140
    tls: { certPath: cert.pem, keyPath: key.pem }
`;

describe("namerkit check", () => {
  it("says where a folder, a dtab file, a certificate and a key are named that are not there", async () => {
    const { code, lines } = await check(files);
    expect(code).toBe(1);
    expect(lines).toEqual([
      `l5d.yaml:3:12: namers.0.rootDir: ${join(cwd, "names")} is not a directory [CONFIG_VALUE]`,
      `l5d.yaml:6:45: routers.0.interpreter.dtabFile: ${join(cwd, "shop.dtab")} is not a file [CONFIG_VALUE]`,
      `l5d.yaml:9:22: routers.0.servers.0.tls.certPath: ${join(cwd, "cert.pem")} is not there [CONFIG_FILE]`,
      `l5d.yaml:9:41: routers.0.servers.0.tls.keyPath: ${join(cwd, "key.pem")} is not there [CONFIG_FILE]`,
      "",
    ]);
    for (const name of ["cert.pem", "key.pem", "shop.dtab"]) writeFileSync(join(cwd, name), "");
    mkdirSync(join(cwd, "names"));
    expect(await check(files)).toEqual({ code: 0, lines: [""] });
  });
});
