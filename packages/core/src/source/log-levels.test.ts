import { describe, expect, it } from "vitest";
import { LogLevels } from "./log-levels.js";

function recording() {
  const lines: string[] = [];
  const at = (level: string) => (_: object, message: string) => void lines.push(`${level} ${message}`);
  return { lines, trace: at("trace"), debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error") };
}

describe("levels of loggers", () => {
  it("let through what is as grave or graver, and change for loggers in use", () => {
    const sink = recording();
    const levels = new LogLevels(sink, "warn");
    const root = levels.logger("root");
    const all = () => {
      for (const level of ["trace", "debug", "info", "warn", "error"] as const) root[level]({}, "x");
      return sink.lines.splice(0);
    };
    expect(all()).toEqual(["warn x", "error x"]);
    levels.set("root", "trace");
    expect(all()).toEqual(["trace x", "debug x", "info x", "warn x", "error x"]);
    levels.set("root", "silent");
    expect(all()).toEqual([]);
  });

  it("are the root's until a logger has one of its own, and again afterwards", () => {
    const sink = recording();
    const levels = new LogLevels(sink, "info");
    const namer = levels.logger("namer");
    expect(levels.logger("namer")).toBe(namer);
    expect(levels.set("namer", "debug")).toBe(true);
    namer.debug({}, "told");
    levels.logger("root").debug({}, "not told");
    levels.set("root", "error");
    expect(levels.list()).toEqual([
      { logger: "root", level: "error", inherited: false },
      { logger: "namer", level: "debug", inherited: false },
    ]);
    levels.set("namer", undefined);
    namer.warn({}, "not told either");
    expect(levels.list()[1]).toEqual({ logger: "namer", level: "error", inherited: true });
    expect(sink.lines).toEqual(["debug told"]);
  });

  it("are not set for loggers that there are not, and the root cannot inherit", () => {
    const levels = new LogLevels(recording(), "info");
    expect(levels.set("nobody", "debug")).toBe(false);
    expect(levels.set("root", undefined)).toBe(true);
    expect(levels.list()).toEqual([{ logger: "root", level: "info", inherited: false }]);
  });
});
