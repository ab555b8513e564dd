import { describe, expect, it } from "vitest";
import { start } from "./fixtures/start.js";
import type { MetadataOptions } from "./metadata.js";

describe("long polls", () => {
  const waiting = async (path: string, options?: Partial<MetadataOptions>): Promise<boolean> => {
    const { metadata, ask, clock } = start(options);
    const abort = new AbortController();
    const answer = ask(path.replace("{version}", metadata.version), { signal: abort.signal });
    await clock.advance(0);
    const waits = metadata.waiting === 1;
    expect(metadata.asked).toEqual({ requests: 1, polls: metadata.asked.polls });
    abort.abort();
    await answer;
    expect([metadata.waiting, clock.pending]).toEqual([0, 0]);
    return waits;
  };

  it.each([
    ["/latest/version?wait=true&value={version}", true],
    ["/2015-12-19/version?maxWait=5&value={version}&wait=true", true],
    ["/latest/nosuch?wait=true&value=x", true],
    ["/latest/system?wait=true&value=false", true],
    ["/latest/region_name?wait=true&value=%3Cnil%3E", true],
    ["/latest/version?wait=1&value={version}", false],
    ["/latest/version?wait=TRUE&value={version}", false],
    ["/latest/version?value={version}", false],
    ["/latest/version?wait=true", false],
    ["/latest/version?wait=true&value=%22{version}%22", false],
    ["/latest/version?wait=true&value={version}&maxWait=-1", false],
    ["/latest/nosuch?wait=true&value=a%26b", false],
    ["/latest/nosuch?wait=true&value=a%3Fb", false],
    ["/latest?wait=true", false],
    ["/?wait=true", false],
    ["/2099-01-01/version?wait=true&value=x", false],
  ])("%s waits: %s", async (path, waits) => {
    expect(await waiting(path)).toBe(waits);
  });

  it("of `latest` before the first load does not notice that load", async () => {
    const { metadata, ask, clock } = start({ unloaded: true });
    const answer = ask("/latest/version?wait=true&value=x&maxWait=7");
    await clock.advance(1_000);
    metadata.reload();
    await clock.advance(8_999);
    expect(metadata.waiting).toBe(1);
    await clock.advance(1);
    expect((await answer).status).toBe(404);
  });

  it("sees its data go and come back", async () => {
    const { metadata, ask, clock } = start();
    const answer = ask(`/latest/version?wait=true&value=${metadata.version}`);
    await clock.advance(1_000);
    metadata.unload();
    await clock.advance(1_000);
    expect(metadata.waiting).toBe(1);
    metadata.reload();
    expect(await (await answer).text()).toBe(metadata.version);
  });

  it("of a value that a reload does not change goes on", async () => {
    const { metadata, ask, clock } = start();
    const answer = ask("/latest/name?wait=true&value=Default&maxWait=1");
    await clock.advance(500);
    metadata.reload();
    await clock.advance(500);
    expect(metadata.waiting).toBe(1);
    await clock.advance(4_000);
    expect(await (await answer).text()).toBe("Default");
  });

  it("many share one timer, and none stays", async () => {
    const { metadata, ask, clock } = start();
    const answers = Array.from({ length: 50 }, () => ask(`/latest/version?wait=true&value=${metadata.version}`));
    await clock.advance(0);
    expect([metadata.waiting, clock.pending, metadata.asked.polls]).toEqual([50, 1, 50]);
    metadata.scale("shop/web", 3);
    await Promise.all(answers);
    expect([metadata.waiting, clock.pending]).toEqual([0, 0]);
  });
});

describe("faults", () => {
  it("taken down, it answers nobody, and who waits learns it at once", async () => {
    const { metadata, ask, clock } = start();
    const poll = ask(`/latest/version?wait=true&value=${metadata.version}`);
    await clock.advance(0);
    metadata.takeDown();
    expect((await poll).type).toBe("error");
    expect((await ask("/latest/version")).type).toBe("error");
    expect(metadata.asked.requests).toBe(1);
    const before = metadata.version;
    metadata.bringBack();
    expect((await ask("/latest/version")).status).toBe(200);
    expect(metadata.version).not.toBe(before);
  });

  it("restarted, it is away, then without data, then there", async () => {
    const { metadata, ask, clock } = start();
    const done = metadata.restart({ downMs: 300, loadMs: 100 });
    await clock.advance(299);
    expect((await ask("/latest/version")).type).toBe("error");
    await clock.advance(1);
    expect((await ask("/latest/version")).status).toBe(404);
    await clock.advance(100);
    expect((await ask("/latest/version")).status).toBe(200);
    await done;
    expect(clock.pending).toBe(0);
  });

  it("who takes it down or brings it back meanwhile has the last word", async () => {
    const { metadata, clock } = start();
    const done = metadata.restart({ downMs: 300 });
    metadata.bringBack();
    metadata.takeDown();
    await clock.advance(1_000);
    await done;
    expect(metadata.online.sample()).toBe(false);
  });

  it("and a load that was to come does not come any more", async () => {
    const { metadata, clock } = start();
    const done = metadata.restart({ downMs: 300, loadMs: 100 });
    await clock.advance(350);
    metadata.bringBack();
    const { version } = metadata;
    await clock.advance(1_000);
    await done;
    expect([metadata.version, clock.pending]).toEqual([version, 0]);
  });

  it("an aborted restart rejects and leaves no timer", async () => {
    const { metadata, clock } = start();
    const abort = new AbortController();
    const done = metadata.restart({ signal: abort.signal });
    abort.abort(new Error("enough"));
    await expect(done).rejects.toThrow("enough");
    expect([clock.pending, metadata.online.sample()]).toEqual([0, false]);
  });
});
