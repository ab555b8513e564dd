import { recordingLog, until } from "@namerkit/testing";
import { expect, it } from "vitest";
import { TestFolder } from "../support/folder.js";
import { ask } from "../support/http.js";
import { TestProxy } from "../support/proxy.js";

const config = `
admin: { port: 0 }
namers:
- { kind: io.l5d.fs, rootDir: . }
telemetry:
- { kind: io.l5d.tracelog, sampleRate: 1.0 }
routers:
- protocol: http
  dtab: /svc => /#/io.l5d.fs
  servers: [{ port: 0 }]
`;

it("each plug-in has a logger whose level is changed while it is in use", { timeout: 30_000 }, async () => {
  await using folder = await TestFolder.make();
  const log = recordingLog();
  await using proxy = await TestProxy.start(config, folder.path, { log });
  const admin = new URL(`http://127.0.0.1:${proxy.adminPort}`);
  const set = async (logger: string, level: string) => {
    const headers = { "content-type": "application/x-www-form-urlencoded" };
    const path = "/logging.json";
    const body = new URLSearchParams({ logger, level }).toString();
    return (await ask(admin, { method: "POST", path, headers, body })).status;
  };
  const listed = await proxy.admin("/logging.json");
  expect(listed).toContainEqual({ logger: "namer/#/io.l5d.fs", level: "TRACE", inherited: true });

  const traced = () => log.lines.filter(({ fields }) => "trace" in fields).length;
  await proxy.get("web");
  await until(() => traced() === 1);
  expect(await set("telemetry/io.l5d.tracelog", "OFF")).toBe(200);
  await proxy.get("web");
  expect(await set("telemetry/io.l5d.tracelog", "INHERIT")).toBe(200);
  await proxy.get("web");
  await until(() => traced() === 2);
  expect(await set("root", "ERROR")).toBe(200);
  const before = log.lines.length;
  await proxy.get("web");
  expect(log.lines.slice(before).filter(({ level }) => level !== "error")).toEqual([]);
});
