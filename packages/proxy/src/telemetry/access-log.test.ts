import { execFileSync } from "node:child_process";
import { mkdir, mkdtemp, readdir, readFile, rename, rm, unlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { AccessLogPlan } from "@namerkit/config";
import { memoryMetrics, systemClock } from "@namerkit/core";
import { ManualClock, recordingLog, until } from "@namerkit/testing";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { finishedRequest } from "../../test/finished-request.js";
import { AccessLines } from "./access-line.js";
import { AccessLog } from "./access-log.js";
import { periodOf, RolledNames } from "./roll-policy.js";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "namerkit-access-"));
});
const all: AccessLog[] = [];
afterEach(async () => {
  for (const one of all.splice(0)) one.close();
  await rm(folder, { recursive: true, force: true });
});

const hour = 3_600_000;

function opened(plan: Partial<AccessLogPlan> = {}, wallMs = Date.now()) {
  const clock = new ManualClock({ wall: wallMs });
  const log = recordingLog();
  const metrics = memoryMetrics({ clock });
  const file = join(folder, "access.log");
  const whole: AccessLogPlan = { file, rollPolicy: { kind: "never" }, append: true, keep: undefined, ...plan };
  const access = new AccessLog(whole, { clock, random: () => 0.5, log, metrics });
  all.push(access);
  const never = new AbortController().signal;
  /** Writes what waits. */
  const flush = () => access.drain(never);
  const say = async (...targets: string[]) => {
    for (const target of targets) access.finished(finishedRequest({ target }));
    await flush();
  };
  return { access, clock, log, metrics, file: whole.file, flush, say };
}

async function targets(file: string): Promise<string[]> {
  const text = await readFile(file, "latin1");
  expect(text === "" || text.endsWith("\n")).toBe(true);
  return text
    .split("\n")
    .slice(0, -1)
    .map((line) => / "GET (\S+) HTTP/.exec(line)?.[1] ?? line);
}

describe("a line of the access log [parity: access-log]", () => {
  it("is Linkerd's", () => {
    const lines = new AccessLines();
    const headers = { referer: "http://a/b", "user-agent": "curl/8 (x)" };
    expect(lines.of(finishedRequest({ headers }))).toBe(
      'web 10.1.2.3 - - [02/05/2026:10:20:30 UTC] "GET /x?token=secret HTTP/1.1" 200 7 "http://a/b" "curl/8 (x)"\n',
    );
    expect(lines.of(finishedRequest({ authority: undefined, remote: "[::1]:80", status: 502, bytes: 0 }))).toBe(
      '- ::1 - - [02/05/2026:10:20:30 UTC] "GET /x?token=secret HTTP/1.1" 502 0 "-" "-"\n',
    );
  });

  it("stays one line of as many fields, whatever the client sends", () => {
    const lines = new AccessLines();
    fc.assert(
      fc.property(fc.string(), fc.string(), fc.string(), fc.string(), (authority, target, referer, agent) => {
        const line = lines.of(finishedRequest({ authority, target, headers: { referer, "user-agent": agent } }));
        expect(line).toMatch(/^[!-~]+ [!-~]+ - - \[[^\]]+\] "GET [ -~]* HTTP\/1\.1" 200 7 "[ -~]*" "[ -~]*"\n$/);
        expect(line.split('"')).toHaveLength(7);
      }),
    );
    expect(lines.of(finishedRequest({ target: '/"\r\n\\\x00é☃' }))).toContain(
      '"GET /\\x22\\x0d\\x0a\\x5c\\x00\\xe9\\u{2603} HTTP',
    );
  });
});

describe("an access log [parity: access-log]", () => {
  it("gathers lines, writes them without being asked, and skips requests without an answer", async () => {
    const { access, clock, file, metrics } = opened();
    access.finished(finishedRequest({ target: "/a" }));
    access.finished(finishedRequest({ target: "/cut", status: 0 }));
    access.finished(finishedRequest({ target: "/b" }));
    expect(await readdir(folder)).toEqual([]);
    await clock.advance(1_000);
    await until(() => metrics.snapshot().lines === 2);
    expect(await targets(file)).toEqual(["/a", "/b"]);
    access.close();
  });

  it("is written on after a restart, or replaced", async () => {
    await writeFile(join(folder, "access.log"), "old\n");
    const first = opened();
    await first.say("/a");
    expect(await targets(first.file)).toEqual(["old", "/a"]);
    const second = opened({ append: false });
    await second.say("/b");
    await second.say("/c");
    expect(await targets(second.file)).toEqual(["/b", "/c"]);
  });

  it("is rolled when its hour, day or week is over, and not before", async () => {
    const start = Date.UTC(2026, 4, 2, 10, 30);
    for (const [rollPolicy, ms, name] of [
      [{ kind: "hourly" }, hour, "access-20260502-10.log"],
      [{ kind: "daily" }, 24 * hour, "access-20260502.log"],
      // A Saturday; weeks begin on Mondays.
      [{ kind: "weekly", day: 2 }, 48 * hour, "access-20260427.log"],
    ] as const) {
      const file = join(folder, rollPolicy.kind, "access.log");
      await mkdir(join(folder, rollPolicy.kind));
      const { clock, say, access } = opened({ file, rollPolicy }, start);
      await say("/1");
      await clock.advance(ms / 3);
      await say("/2");
      await clock.advance(ms);
      await say("/3");
      expect((await readdir(join(folder, rollPolicy.kind))).sort()).toEqual([name, "access.log"].sort());
      expect(await targets(join(folder, rollPolicy.kind, name))).toEqual(["/1", "/2"]);
      expect(await targets(file)).toEqual(["/3"]);
      access.close();
    }
  });

  it("is rolled by size between lines, never overwrites, and keeps as many as it is told", async () => {
    const length = new AccessLines().of(finishedRequest({ target: "/1" })).length;
    const { say, file, access } = opened(
      { rollPolicy: { kind: "size", bytes: 2 * length }, keep: 2 },
      Date.UTC(2026, 4, 2, 10),
    );
    await writeFile(join(folder, "access-notes.log"), "mine");
    await say("/1", "/2", "/3", "/4", "/5", "/6", "/7");
    expect(await targets(file)).toEqual(["/7"]);
    await say("/8", "/9");
    const names = (await readdir(folder)).sort();
    expect(names).toHaveLength(4);
    expect(names).toContain("access-notes.log");
    const kept = names.filter((name) => /^access-\d/.test(name));
    const all = (await Promise.all(kept.map((name) => targets(join(folder, name))))).flat();
    expect([...all].sort()).toEqual(["/5", "/6", "/7", "/8"]);
    expect(await targets(file)).toEqual(["/9"]);
    access.close();
  });

  it("rolls what an earlier process left of a period that is over", async () => {
    const file = join(folder, "access.log");
    await writeFile(file, "old\n");
    const { say } = opened({ rollPolicy: { kind: "hourly" } }, Date.now() + 2 * hour);
    await say("/new");
    expect(await targets(file)).toEqual(["/new"]);
    expect(await readdir(folder)).toHaveLength(2);
  });

  it("goes on in a new file when somebody has moved or deleted it", async () => {
    const { say, clock, file } = opened();
    await say("/1");
    await rename(file, `${file}.1`);
    await clock.advance(10_000);
    await say("/2");
    expect(await targets(`${file}.1`)).toEqual(["/1"]);
    expect(await targets(file)).toEqual(["/2"]);
    await unlink(file);
    await clock.advance(10_000);
    await say("/3");
    expect(await targets(file)).toEqual(["/3"]);
  });

  it("says once that it cannot be written, holds what it can, and goes on when it can", async () => {
    const file = join(folder, "no", "access.log");
    const { access, clock, log, metrics, say } = opened({ file });
    await say("/lost");
    await clock.advance(60_000);
    access.finished(finishedRequest({ target: "/lost-too" }));
    await clock.advance(60_000);
    await until(() => metrics.snapshot().dropped === 2);
    expect(log.lines.filter(({ level }) => level === "error")).toHaveLength(1);
    await mkdir(join(folder, "no"));
    access.finished(finishedRequest({ target: "/kept" }));
    await clock.advance(60_000);
    await until(() => metrics.snapshot().lines === 1);
    expect(await targets(file)).toEqual(["/kept"]);
    await until(() => log.lines.some(({ level }) => level === "info"));
    access.close();
  });

  it("never holds more than its bound", async () => {
    const { access, metrics, flush, file } = opened();
    const target = `/${"x".repeat(100_000)}`;
    for (let i = 0; i < 100; i++) access.finished(finishedRequest({ target }));
    const dropped = metrics.snapshot().dropped as number;
    expect(dropped).toBeGreaterThan(50);
    await flush();
    expect((await targets(file)).length).toBe(100 - dropped);
  });

  it("does not wait for ever: for a pipe that nobody reads, a full disk, or longer than it may", async () => {
    const fifo = join(folder, "pipe");
    execFileSync("mkfifo", [fifo]);
    for (const file of [fifo, ...(process.platform === "linux" ? ["/dev/full"] : [])]) {
      const { access, flush, metrics, log } = opened({ file });
      access.finished(finishedRequest());
      await flush();
      expect(metrics.snapshot()).toMatchObject({ dropped: 1, lines: 0 });
      expect(log.lines.map(({ level }) => level)).toEqual(["error"]);
      access.finished(finishedRequest());
      await access.drain(AbortSignal.abort());
      access.close();
      access.close();
      access.finished(finishedRequest());
      await flush();
      expect(metrics.snapshot().lines).toBe(0);
    }
  });

  it("writes what was said last before it is closed", async () => {
    const metrics = memoryMetrics();
    const file = join(folder, "access.log");
    const access = new AccessLog(
      { file, rollPolicy: { kind: "never" }, append: true, keep: undefined },
      { clock: systemClock, random: Math.random, log: recordingLog(), metrics },
    );
    access.finished(finishedRequest({ target: "/last" }));
    await access.drain(AbortSignal.timeout(20_000));
    access.close();
    expect(await targets(file)).toEqual(["/last"]);
  });
});

describe("periods and names", () => {
  it("hold the moment, and begin on the day that is asked for", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 4e12 }), fc.integer({ min: 1, max: 7 }), (ms, day) => {
        for (const policy of [{ kind: "hourly" }, { kind: "daily" }, { kind: "weekly", day }] as const) {
          const start = periodOf(policy, ms) as number;
          expect(start).toBeLessThanOrEqual(ms);
          expect(periodOf(policy, start)).toBe(start);
        }
        const week = periodOf({ kind: "weekly", day }, ms) as number;
        expect(new Date(week).getUTCDay()).toBe(day - 1);
        expect(ms - week).toBeLessThan(7 * 24 * hour);
      }),
    );
  });

  it("are told apart from other files of the folder, and sorted by age", () => {
    const names = new RolledNames("a.b.log", { kind: "daily" });
    const day = Date.UTC(2026, 0, 9);
    expect(names.next(day, [])).toBe("a.b-20260109.log");
    expect(names.next(day, ["a.b-20260109.log", "a.b-20260109.x", "a.b-20260110.7.log"])).toBe("a.b-20260109.1.log");
    expect(names.next(day, ["a.b-20260109.9.log", "a.b-20260109.10.log"])).toBe("a.b-20260109.11.log");
    const folder = [
      "a.b.log",
      "a.b-x.log",
      "a.b-20260109.10.log",
      "a.b-20260109.2.log",
      "a.b-20260109.log",
      "a.b-20251231.log",
      "a.b-20260109.txt",
    ];
    expect(names.among(folder)).toEqual([
      "a.b-20251231.log",
      "a.b-20260109.log",
      "a.b-20260109.2.log",
      "a.b-20260109.10.log",
    ]);
  });
});
