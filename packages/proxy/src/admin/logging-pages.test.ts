import { LogLevels } from "@namerkit/core";
import { recordingLog } from "@namerkit/testing";
import { describe, expect, it } from "vitest";
import { world } from "../../test/world.js";

function levels() {
  const log = recordingLog();
  const logLevels = new LogLevels(log, "info");
  logLevels.logger("namer/#/io.l5d.fs");
  return { log, logLevels };
}
const post = (url: string, form: Record<string, string>) =>
  fetch(url, { method: "POST", body: new URLSearchParams(form) });

describe("/logging.json [parity: admin-pages]", () => {
  it("tells the levels and changes them for loggers in use", async () => {
    const { log, logLevels } = levels();
    await using here = await world({}, { env: { logLevels } });
    const url = `${here.admin}/logging.json`;
    const root = logLevels.logger("root");
    expect(await (await fetch(url)).json()).toEqual([
      { logger: "root", level: "INFO", inherited: false },
      { logger: "namer/#/io.l5d.fs", level: "INFO", inherited: true },
    ]);
    root.debug({}, "before");
    expect((await post(url, { logger: "root", level: "debug" })).status).toBe(200);
    root.debug({}, "after");
    expect(log.lines.map(({ message }) => message)).toEqual(["after"]);
    await post(url, { logger: "namer/#/io.l5d.fs", level: "CRITICAL" });
    await post(url, { logger: "root", level: "WARNING" });
    expect(await (await fetch(url)).json()).toEqual([
      { logger: "root", level: "WARNING", inherited: false },
      { logger: "namer/#/io.l5d.fs", level: "FATAL", inherited: false },
    ]);
    const inherited = await post(url, { logger: "namer/#/io.l5d.fs", level: "INHERIT" });
    expect(await inherited.json()).toContainEqual({ logger: "namer/#/io.l5d.fs", level: "WARNING", inherited: true });
  });

  it.each([
    [{ logger: "root", level: "LOUD" }, 400, "LEVEL"],
    [{ logger: "root", level: "INHERIT" }, 400, "LEVEL"],
    [{ logger: "root" }, 400, "LEVEL"],
    [{ logger: "nobody", level: "INFO" }, 400, "LOGGER"],
    [{ level: "INFO" }, 400, "LOGGER"],
    [{ logger: "root", level: "constructor" }, 400, "LEVEL"],
  ])("refuses %j", async (form, status, code) => {
    await using here = await world({}, { env: levels() });
    const answer = await post(`${here.admin}/logging.json`, form as Record<string, string>);
    expect([answer.status, await answer.json()]).toEqual([status, { code, error: expect.any(String) }]);
    const text = await fetch(`${here.admin}/logging.json`, {
      method: "POST",
      body: "{}",
      headers: { "content-type": "application/json" },
    });
    expect(text.status).toBe(415);
  });

  it("is beyond reach without control, and the page says so", async () => {
    const security = {
      uiEnabled: true,
      controlEnabled: false,
      diagnosticsEnabled: true,
      pathWhitelist: [],
      pathBlacklist: [],
    };
    await using here = await world({}, { env: levels(), security });
    expect((await post(`${here.admin}/logging.json`, { logger: "root", level: "DEBUG" })).status).toBe(404);
    const page = await (await fetch(`${here.admin}/logging`)).text();
    expect(page).toContain("Levels cannot be changed here");
    expect(page).toContain(" disabled>");
  });
});

it("/logging names every logger, as text", async () => {
  const { logLevels } = levels();
  logLevels.logger("namer/#/<script>");
  await using here = await world({}, { env: { logLevels } });
  const page = await (await fetch(`${here.admin}/logging`)).text();
  expect(page).toContain("namer/#/&lt;script&gt;");
  expect(page).not.toContain("<script>");
  expect(page).toContain('<option value="INFO" selected>INFO</option>');
});
