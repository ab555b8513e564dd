import { mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ManualClock } from "@namerkit/core/testing";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { SecretFile } from "./secret-file.js";

let folder: string;
let clock: ManualClock;
const put = (text: string) => writeFile(join(folder, "token"), text);

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "namerkit-secret-"));
  clock = new ManualClock();
});
afterEach(() => rm(folder, { recursive: true }));

describe("SecretFile", () => {
  it("reads a token, without what an editor puts around it", async () => {
    await put("\ufeff  abc-1 \r\n\n");
    expect(await new SecretFile(clock, "token", folder).read()).toBe("abc-1");
    expect(await new SecretFile(clock, join(folder, "token"), "/elsewhere").read()).toBe("abc-1");
  });

  it("looks at the file at most once a second, and reads it again when it has changed", async () => {
    await put("one");
    const secret = new SecretFile(clock, "token", folder);
    expect(await Promise.all([secret.read(), secret.read()])).toEqual(["one", "one"]);
    await put("second");
    await clock.advance(999);
    expect(await secret.read()).toBe("one");
    await clock.advance(1);
    expect(await secret.read()).toBe("second");
  });

  it("sees a file of the same size and time that took its place", async () => {
    await put("one");
    const secret = new SecretFile(clock, "token", folder);
    expect(await secret.read()).toBe("one");
    await writeFile(join(folder, "next"), "two");
    await rename(join(folder, "next"), join(folder, "token"));
    await clock.advance(1_000);
    expect(await secret.read()).toBe("two");
  });

  it("looks at once when the server has refused it", async () => {
    await put("one");
    const secret = new SecretFile(clock, "token", folder);
    expect(await secret.refused(await secret.read())).toBe(false);
    await put("second");
    expect(await secret.refused("one")).toBe(true);
    expect(await secret.read()).toBe("second");
  });

  it.each([
    ["empty", " \n", "WATCH_SECRET"],
    ["two lines", "s3cr3t\nmore", "WATCH_SECRET"],
    ["not for a header", "s3cr3té", "WATCH_SECRET"],
    ["too large", "x".repeat(1024 * 1024 + 1), "WATCH_FILE"],
    ["missing", undefined, "WATCH_FILE"],
  ])("%s: an error that names the file and nothing in it, and then it recovers", async (_, text, code) => {
    if (text !== undefined) await put(text);
    const secret = new SecretFile(clock, "token", folder);
    const failed: unknown = await secret.read().catch((error: unknown) => error);
    expect(failed).toMatchObject({ code, message: expect.stringContaining(join(folder, "token")) });
    expect(`${(failed as Error).stack} ${JSON.stringify(failed)}`).not.toMatch(/s3cr3t|xxx/);
    await put("good");
    expect(await secret.read()).toBe("good");
    await rm(join(folder, "token"));
    await clock.advance(1_000);
    await expect(secret.read()).rejects.toMatchObject({ code: "WATCH_FILE" });
  });
});
