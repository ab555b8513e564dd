import type { SecurityPlan } from "@namerkit/config";
import { describe, expect, it } from "vitest";
import { world } from "../../test/world.js";
import { isServed } from "./security.js";

const all: SecurityPlan = {
  uiEnabled: true,
  controlEnabled: true,
  diagnosticsEnabled: true,
  pathWhitelist: [],
  pathBlacklist: [],
};
const ui = [
  "/",
  "/config.json",
  "/metrics.json",
  "/admin/metrics.json",
  "/admin/metrics",
  "/delegator",
  "/delegator.json",
  "/logging",
  "/help",
  "/files/x",
  "/admin/files/x/y",
  "/dashboard.json",
];
const control = ["/admin/shutdown", "/logging.json", "/admin/reload", "/admin/cpu-profile", "/admin/heap-snapshot"];
const diagnostics = [
  "/admin/ping",
  "/admin/metrics/prometheus",
  "/client_state.json",
  "/namer_state/x.json",
  "/livez",
  "/nothing",
  "/admin",
  "/admin/index.txt",
  "/admin/server_info",
  "/favicon.ico",
  "/requests",
  "/delegator/",
  "/help/x",
];
const served = (security: Partial<SecurityPlan>) =>
  [...ui, ...control, ...diagnostics].filter((path) => isServed(path, { ...all, ...security }));

describe("which admin paths answer [parity: admin-security]", () => {
  it("goes by category", () => {
    expect(served({})).toEqual([...ui, ...control, ...diagnostics]);
    expect(served({ uiEnabled: false })).toEqual([...control, ...diagnostics]);
    expect(served({ controlEnabled: false })).toEqual([...ui, ...diagnostics]);
    expect(served({ diagnosticsEnabled: false })).toEqual([...ui, ...control]);
  });

  it("goes by the lists first, and by the blacklist before the whitelist", () => {
    const none = { uiEnabled: false, controlEnabled: false, diagnosticsEnabled: false };
    expect(served({ ...none, pathWhitelist: [/^(?:\/admin\/p.*)$/] })).toEqual(["/admin/ping"]);
    expect(served({ ...none, pathWhitelist: [/^(?:\/.*)$/], pathBlacklist: [/^(?:\/[^a].*)$/] })).toEqual([
      "/",
      ...ui.filter((path) => path.startsWith("/a")),
      ...control.filter((path) => path.startsWith("/a")),
      ...diagnostics.filter((path) => path.startsWith("/a")),
    ]);
  });

  it("answers nothing but an empty 404 for the others, however they are written", async () => {
    await using here = await world(
      {},
      { security: { ...all, uiEnabled: false, pathBlacklist: [/^(?:\/admin\/ping)$/] } },
    );
    for (const path of [
      "/admin/ping",
      "/admin/%70ing",
      "/admin/ping?x=1",
      "/",
      "/delegator.json?path=/svc",
      "/config.json",
    ]) {
      const answer = await fetch(`${here.admin}${path}`);
      expect([path, answer.status, await answer.text()]).toEqual([path, 404, ""]);
    }
    expect((await fetch(`${here.admin}/client_state.json`)).status).toBe(200);
  });
});
