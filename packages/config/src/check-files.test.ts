import { describe, expect, it } from "vitest";
import { WantedFiles } from "./check-files.js";
import { Reporter } from "./reporter.js";

const late = () => Promise.reject(new Error("nobody waits any more"));

async function flaws(file: string, settled: <T>(promise: Promise<T>) => Promise<T> = (promise) => promise) {
  const reporter = new Reporter("f", "a\nb: c\n");
  const files = new WantedFiles();
  files.add(file, { offset: 5, path: "b" });
  await files.check({ reporter, settled });
  return reporter.problems().map(({ line, col, path, code, message }) => `${line}:${col} ${path} ${code} ${message}`);
}

describe("files that are wanted", () => {
  it("may be anything that can be read, a device for one", async () => {
    expect(await flaws("/dev/null")).toEqual([]);
  });

  it.each([
    ["/nowhere/cert.pem", "/nowhere/cert.pem is not there"],
    ["/dev/null/cert.pem", "/dev/null/cert.pem is not there"],
    ["/", "/ is a directory, and a file is wanted"],
    [`/${"a".repeat(300)}`, `/${"a".repeat(300)} cannot be read: ENAMETOOLONG`],
  ])("are told of where they are named: %s", async (file, message) => {
    expect(await flaws(file)).toEqual([`2:4 b CONFIG_FILE ${message}`]);
  });

  it("are told of when nobody waits for them any more", async () => {
    expect(await flaws("/dev/null", late)).toEqual(["2:4 b CONFIG_FILE /dev/null cannot be read: it took too long"]);
  });
});
