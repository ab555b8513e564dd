import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { Addr, address, NameTree, Path, systemClock, Var } from "@namerkit/core";
import { testEnv } from "@namerkit/core/testing";
import { until } from "@namerkit/testing";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { WatchFolder } from "../folder/folder-events.js";
import { checkFsOptions } from "./fs-config.js";
import { createFsNamer } from "./fs-namer.js";

let root = "";
let env = testEnv();
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "namerkit-fs-"));
  env = testEnv();
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const write = (name: string, text: string) => {
  mkdirSync(dirname(join(root, name)), { recursive: true });
  writeFileSync(join(root, name), text);
};
/** As editors and deploy scripts do it. */
const replace = (name: string, text: string) => {
  write(`${name}.new`, text);
  renameSync(join(root, `${name}.new`), join(root, name));
};
const inet = (host: string, port: number) =>
  Var.value(Addr.bound([address(host === "db" ? "10.1.1.1" : "10.2.2.2", port)]));
const make = (more: { watchFolder?: WatchFolder } = {}) =>
  createFsNamer(checkFsOptions({ rootDir: ".", lingerMs: 0 }), {
    ...env,
    clock: systemClock,
    baseDir: root,
    inet,
    ...more,
  });

/** What a path comes to, each time it is something else. */
function see(namer: ReturnType<typeof make>, path: string) {
  const trees: string[] = [];
  const addrs: string[] = [];
  const handles: { close(): void }[] = [];
  handles.push(
    namer.lookup(Path.parse(path)).run.observe((state) => {
      if (state.status !== "ok") return void trees.push(state.status === "failed" ? state.error.message : state.status);
      const [name] = NameTree.leaves(state.value);
      if (name?.type !== "bound") return void trees.push(state.value.type);
      trees.push(name.residual.isEmpty ? name.id.show() : `${name.id.show()} + ${name.residual.show()}`);
      handles.push(
        name.addr.observe((addr) => {
          addrs.push(
            addr.type === "bound" ? addr.addresses.map(({ ip, port }) => `${ip}:${port}`).join(" ") : addr.type,
          );
        }),
      );
    }),
  );
  const close = () => {
    for (const handle of handles) handle.close();
  };
  return { trees, addrs, [Symbol.dispose]: close };
}

describe("names in files [parity: namer-fs]", () => {
  it("are files, in folders too; the rest is residual", async () => {
    write("web", "10.0.0.1 80");
    write("prod/eu/api", "10.0.0.2 81");
    const namer = make();
    using web = see(namer, "/web/x/y");
    using api = see(namer, "/prod/eu/api");
    using folder = see(namer, "/prod/eu");
    using none = see(namer, "/nobody");
    await until(() => api.addrs.length > 0 && web.addrs.length > 0);
    const { prefix } = env;
    expect(web.trees.at(-1)).toBe(`${prefix.show()}/web + /x/y`);
    expect(api.trees.at(-1)).toBe(`${prefix.show()}/prod/eu/api`);
    expect(api.addrs).toEqual(["10.0.0.2:81"]);
    expect([folder.trees.at(-1), none.trees.at(-1)]).toEqual(["neg", "neg"]);
  });

  it("follow edits and replacements, in one tree", async () => {
    write("web", "10.0.0.1 80");
    using web = see(make(), "/web");
    await until(() => web.addrs.at(-1) === "10.0.0.1:80");
    write("web", "10.0.0.1 80\n10.0.0.2 80\n");
    await until(() => web.addrs.at(-1) === "10.0.0.1:80 10.0.0.2:80");
    replace("web", "10.0.0.3 80");
    await until(() => web.addrs.at(-1) === "10.0.0.3:80");
    expect(web.trees).toEqual(["pending", `${env.prefix.show()}/web`]);
    rmSync(join(root, "web"));
    await until(() => web.trees.at(-1) === "neg");
    write("web", "10.0.0.4 80");
    await until(() => web.addrs.at(-1) === "10.0.0.4:80");
  });

  it("follow without notifications too", async () => {
    const nothing = { close() {}, [Symbol.dispose]() {} };
    write("web", "10.0.0.1 80");
    using web = see(make({ watchFolder: () => nothing }), "/web");
    await until(() => web.addrs.at(-1) === "10.0.0.1:80");
    write("web", "10.0.0.2 80");
    write("more/web", "10.0.0.3 80");
    await until(() => web.addrs.at(-1) === "10.0.0.2:80", { timeoutMs: 20_000 });
  });

  it("follow where the system has no more watches", async () => {
    write("web", "10.0.0.1 80");
    using web = see(
      make({
        watchFolder: () => {
          throw new Error("ENOSPC");
        },
      }),
      "/web",
    );
    await until(() => web.addrs.at(-1) === "10.0.0.1:80");
    write("web", "10.0.0.2 80");
    await until(() => web.addrs.at(-1) === "10.0.0.2:80", { timeoutMs: 20_000 });
  });

  it("may hold host names, which are resolved", async () => {
    write("db", "db 5432\n10.0.0.1 5432 * 3");
    using db = see(make(), "/db");
    await until(() => db.addrs.at(-1)?.split(" ").sort().join(" ") === "10.0.0.1:5432 10.1.1.1:5432");
  });

  it("with wrong lines do without these; with nothing right they keep what they had", async () => {
    write("web", "10.0.0.1 80\nwhat?\n10.0.0.2 x");
    const namer = make();
    using web = see(namer, "/web");
    await until(() => web.addrs.at(-1) === "10.0.0.1:80");
    expect(env.log.lines.map(({ message }) => message)).toContain("web:2: expected host port, or host port * weight");
    expect(JSON.stringify(namer.state?.())).toContain('"wrong":[{"line":2');
    write("web", "what?");
    await until(() => JSON.stringify(namer.state?.()).includes('"line":1'));
    expect(web.addrs).toEqual(["10.0.0.1:80"]);
    using bad = see(make(), "/web");
    await until(() => bad.trees.at(-1) === "web:1: expected host port, or host port * weight");
  });

  it.each(["/..", "/.", "/..data/web", "/a\\x2fb", "/\\x00", "/\\xff", "/../etc/passwd"])(
    "are never %s",
    async (path) => {
      write("web", "10.0.0.1 80");
      write("..data/web", "10.0.0.1 80");
      using odd = see(make(), path);
      expect(odd.trees).toEqual(["neg"]);
    },
  );

  it("can be listed", async () => {
    write("web", "10.0.0.1 80");
    write("prod/api", "10.0.0.1 80");
    write("empty", "");
    const names = await make().enumerate?.().toPromise();
    expect(names?.map((path) => path.show()).sort()).toEqual(["/prod/api", "/web"]);
  });

  it("keep what they had when the folder is away, and say so", async () => {
    write("names/web", "10.0.0.1 80");
    const namer = createFsNamer(checkFsOptions({ rootDir: "names" }), { ...env, clock: systemClock, baseDir: root });
    using web = see(namer, "/web");
    await until(() => web.addrs.length > 0);
    renameSync(join(root, "names"), join(root, "away"));
    const status = namer.statusOf?.(Path.parse("/web"));
    await until(() => status?.sample()?.state === "stale", { timeoutMs: 20_000 });
    expect(status?.sample()?.lastError?.message).toMatch(/names is not a directory$/);
    renameSync(join(root, "away"), join(root, "names"));
    write("names/web", "10.0.0.2 80");
    await until(() => web.addrs.at(-1) === "10.0.0.2:80", { timeoutMs: 20_000 });
    expect(web.trees).toHaveLength(2);
  });

  it("need a folder", () => {
    expect(() => createFsNamer(checkFsOptions({ rootDir: "nowhere" }), { ...env, baseDir: root })).toThrow(
      `rootDir: ${join(root, "nowhere")} is not a directory`,
    );
    expect(() => checkFsOptions({} as never)).toThrow("rootDir: expected the name of a directory");
  });
});
