import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { type CorpusEntry, loadCorpus } from "../test-support/config-corpus.js";

const own = fileURLToPath(new URL("../test-support/configs", import.meta.url));
/** Configurations of somebody else's, beside our own. */
const others = process.env.NAMERKIT_CONFIGS;

function errorsOf({ problems }: CorpusEntry): readonly string[] {
  return problems.filter(({ severity }) => severity === "error").map(({ code, path }) => `${path} ${code}`);
}

describe("whole configurations", { timeout: 60_000 }, () => {
  it("load, as far as their kinds are built", async () => {
    const entries = await loadCorpus(own);
    expect(entries.filter(({ loads }) => loads).map(({ file }) => file)).toEqual([
      "before-1.0.yaml",
      "cluster.yaml",
      "consul-and-rancher.yaml",
      "egress.yaml",
      "every-telemeter.yaml",
      "live-dtab.yaml",
      "mutual-tls.yaml",
      "settings-by-prefix.yaml",
      "shop-by-files.yaml",
      "shop.dtab",
      "two-doors.json",
    ]);
    const failed = entries.filter(({ loads }) => !loads);
    expect(failed.map(({ file }) => file)).toEqual([
      "grpc.yaml",
      "namerd.yaml",
      "through-namerd.yaml",
      "zookeeper.yaml",
    ]);
    for (const entry of failed) for (const error of errorsOf(entry)) expect(error).toMatch(/ KIND_NOT_BUILT$/);
  });

  it("have empty stand-ins for what they name, wherever that is", async () => {
    const entries = await loadCorpus(own);
    const standIns = Object.fromEntries(entries.map(({ file, standIns }) => [file, [...standIns].sort()]));
    expect(standIns["live-dtab.yaml"]).toEqual(["/etc/names", "/etc/shop.dtab"]);
    expect(standIns["shop-by-files.yaml"]).toEqual(["catalogue"]);
    expect(new Set(standIns["mutual-tls.yaml"])).toEqual(
      new Set([
        ...["/tls/admin.pem", "/tls/admin-key.pem", "/tls/ca.pem", "client.pem", "client-key.pem", "between.pem"],
        ...["server.pem", "server-key.pem"],
      ]),
    );
    expect(standIns["grpc.yaml"]).toEqual([]);
  });

  it("say which of what they have nobody acts on", async () => {
    const entries = await loadCorpus(own);
    const warnings = Object.fromEntries(
      entries.map(({ file, problems }) => [
        file,
        problems.filter(({ severity }) => severity === "warning").map(({ code, path }) => `${path} ${code}`),
      ]),
    );
    expect(warnings["settings-by-prefix.yaml"]).toEqual([
      "routers.0.client.configs.2.socketOptions.readTimeoutMs KEY_NOT_BUILT",
    ]);
    expect(warnings["before-1.0.yaml"]).toEqual([
      "routers.0.baseDtab KEY_REMOVED",
      "routers.0.identifier.kind KIND_RENAMED",
      "routers.0.responseClassifier KEY_REMOVED",
      "routers.0.responseClassifier.kind KIND_RENAMED",
      "routers.0.timeoutMs KEY_REMOVED",
      "routers.0.maxRequestKB KEY_REMOVED",
      "routers.0.maxChunkKB KEY_REMOVED",
    ]);
    expect(warnings["zookeeper.yaml"]).toEqual([
      "routers.0.announcers KEY_NOT_BUILT",
      "routers.0.servers.0.announce KEY_NOT_BUILT",
    ]);
    expect(warnings["egress.yaml"]).toEqual([]);
  });

  if (others !== undefined)
    it("of somebody else's fail only for kinds that are not built", async () => {
      for (const entry of await loadCorpus(others))
        for (const error of errorsOf(entry)) expect(`${entry.file} ${error}`).toMatch(/ KIND_NOT_BUILT$/);
    });
});
