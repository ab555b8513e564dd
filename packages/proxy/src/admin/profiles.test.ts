import { describe, expect, it } from "vitest";
import { until } from "../../test/kit.js";
import { world } from "../../test/world.js";

const post = (url: string, init: RequestInit = {}) => fetch(url, { method: "POST", ...init });

describe("profiles [parity: jvm-pages]", () => {
  it("of the CPU are taken for the time asked for, one at a time", async () => {
    await using here = await world({});
    const first = await post(`${here.admin}/admin/cpu-profile?seconds=1`);
    expect(first.headers.get("content-disposition")).toBe('attachment; filename="namerkit.cpuprofile"');
    const second = await post(`${here.admin}/admin/heap-snapshot`);
    expect([second.status, await second.text()]).toEqual([409, "another profile or snapshot is being taken\n"]);
    expect(await first.json()).toMatchObject({ nodes: expect.any(Array), startTime: expect.any(Number) });
    const third = await post(`${here.admin}/admin/cpu-profile?seconds=1`);
    expect(await third.json()).toMatchObject({ nodes: expect.any(Array) });
  });

  it("of the heap are whole, and may be taken again", async () => {
    await using here = await world({});
    for (const _ of [1, 2]) {
      const answer = await post(`${here.admin}/admin/heap-snapshot`);
      expect(answer.headers.get("content-disposition")).toBe('attachment; filename="namerkit.heapsnapshot"');
      const text = await answer.text();
      expect([text.slice(0, 12), text.trimEnd().slice(-1)]).toEqual(['{"snapshot":', "}"]);
    }
  });

  it("end when nobody is left to be given them", async () => {
    await using here = await world({});
    const stop = new AbortController();
    const first = await post(`${here.admin}/admin/cpu-profile?seconds=30`, { signal: stop.signal });
    stop.abort();
    await expect(first.text()).rejects.toThrow();
    await until(async () => (await post(`${here.admin}/admin/cpu-profile?seconds=1`)).status === 200);
  });

  it.each(["0", "31", "-1", "ten", "1e1", "Infinity", ""])(
    "of the CPU are not taken for %j seconds",
    async (seconds) => {
      await using here = await world({});
      const answer = await post(`${here.admin}/admin/cpu-profile?seconds=${seconds}`);
      expect([answer.status, await answer.text()]).toEqual([400, "seconds: a number from 1 to 30\n"]);
    },
  );

  it("are only given by POST, and not without control", async () => {
    const security = {
      uiEnabled: true,
      controlEnabled: false,
      diagnosticsEnabled: true,
      pathWhitelist: [],
      pathBlacklist: [],
    };
    await using open = await world({});
    await using here = await world({}, { security });
    for (const page of ["cpu-profile", "heap-snapshot"]) {
      expect((await fetch(`${open.admin}/admin/${page}`)).status).toBe(405);
      expect((await post(`${here.admin}/admin/${page}`)).status).toBe(404);
    }
  });
});
