import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Dtab, NameTree, Path, systemClock } from "@namerkit/core";
import { testEnv } from "@namerkit/core/testing";
import { until } from "@namerkit/testing";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createFsInterpreter, type FsInterpreter } from "./fs-interpreter.js";

let root = "";
let env = testEnv();
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "namerkit-dtab-"));
  env = testEnv();
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const inet = () => {
  throw new Error("nobody is resolved here");
};
const write = (text: string) => writeFileSync(join(root, "web.dtab"), text);
const make = (dtabFile = "web.dtab") =>
  createFsInterpreter(
    { dtabFile, source: { lingerMs: 0 } },
    { ...env, clock: systemClock, baseDir: root, inet, namers: [] },
  );

/** What /svc/web comes to, each time it is something else. */
function see(interpreter: FsInterpreter, dtab = Dtab.empty) {
  const seen: string[] = [];
  const handle = interpreter.bind(dtab, Path.parse("/svc/web")).run.observe((state) => {
    if (state.status !== "ok") seen.push(state.status === "failed" ? state.error.message : state.status);
    else seen.push(NameTree.leaves(state.value)[0]?.id.show() ?? state.value.type);
  });
  return { seen, last: () => seen.at(-1), [Symbol.dispose]: () => handle.close() };
}
const at = (port: number) => `/$/inet/127.0.0.1/${port}`;
const freshness = (interpreter: FsInterpreter) =>
  (interpreter.state() as { freshness?: { state: string; lastError?: { message: string } } }).freshness;
const long = { timeoutMs: 20_000 };

describe("a dtab in a file [parity: interpreter-fs]", () => {
  it("is bound by, and followed", async () => {
    write(`# where\n/svc/web => ${at(1)} ;\n`);
    using web = see(make());
    await until(() => web.last() === at(1));
    write(`/svc/web => ${at(2)} ;`);
    await until(() => web.last() === at(2), long);
    expect(web.seen).toEqual(["pending", at(1), at(2)]);
  });

  it("comes before that of the router and of the request, which win", async () => {
    write(`/svc => ${at(1)} ;`);
    using web = see(make(), Dtab.parse(`/svc/web => ${at(2)}`));
    await until(() => web.last() === at(2));
  });

  it("that is edited badly, or away for a moment, stays as it was, and it is said where it is wrong", {
    timeout: 30_000,
  }, async () => {
    write(`/svc/web => ${at(1)}`);
    const interpreter = make();
    using web = see(interpreter);
    await until(() => web.last() === at(1));
    write(`/svc/web => ${at(2)} ;\n/svc => not a path`);
    await until(() => freshness(interpreter)?.state === "stale", long);
    expect(freshness(interpreter)?.lastError?.message).toMatch(/^web\.dtab:2:9: /);
    expect(env.log.lines.some(({ message }) => message.includes("web.dtab:2:9"))).toBe(true);
    rmSync(join(root, "web.dtab"));
    await until(() => freshness(interpreter)?.lastError?.message.endsWith("web.dtab is not there") === true, long);
    write(`/svc/web => ${at(3)}`);
    await until(() => web.last() === at(3), long);
    expect(freshness(interpreter)?.state).toBe("live");
    expect(web.seen).toEqual(["pending", at(1), at(3)]);
  });

  it("that is wrong from the start is Failed at once", async () => {
    write("what?");
    using web = see(make());
    await until(() => web.last()?.startsWith("web.dtab:1:1: ") === true);
  });

  it("may be in a Kubernetes volume", async () => {
    for (const [version, port] of [
      ["..v1", 1],
      ["..v2", 2],
    ] as const) {
      mkdirSync(join(root, version));
      writeFileSync(join(root, version, "web.dtab"), `/svc/web => ${at(port)}`);
    }
    symlinkSync("..v1", join(root, "..data"));
    symlinkSync(join("..data", "web.dtab"), join(root, "web.dtab"));
    using web = see(make());
    await until(() => web.last() === at(1));
    symlinkSync("..v2", join(root, "..new"));
    renameSync(join(root, "..new"), join(root, "..data"));
    await until(() => web.last() === at(2), long);
  });

  it("has to be there at the start", () => {
    expect(() => make("none")).toThrow(`dtabFile: ${join(root, "none")} is not a file`);
    expect(() => make(".")).toThrow(`dtabFile: ${root} is not a file`);
  });

  it("is shown in the state", async () => {
    write(`/svc/web => ${at(1)}`);
    const interpreter = make();
    using web = see(interpreter);
    await until(() => web.last() === at(1));
    expect(interpreter.state()).toMatchObject({ file: join(root, "web.dtab"), dtab: `/svc/web=>${at(1)}` });
  });
});
