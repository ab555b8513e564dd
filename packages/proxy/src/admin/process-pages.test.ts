import { describe, expect, it } from "vitest";
import { world } from "../../test/world.js";

describe("pages of the process [parity: admin-pages]", () => {
  it("ask for the end, by POST alone, and never for another site", async () => {
    await using here = await world({});
    const url = `${here.admin}/admin/shutdown`;
    expect((await fetch(url)).status).toBe(405);
    const elsewhere = { method: "POST", headers: { origin: "http://elsewhere" } };
    expect((await fetch(url, elsewhere)).status).toBe(403);
    expect(here.proxy.shutdown.aborted).toBe(false);
    expect((await fetch(url, { method: "POST" })).status).toBe(200);
    expect(here.proxy.shutdown.aborted).toBe(true);
  });

  it("show the configuration", async () => {
    await using here = await world({}, { document: { routers: [{ protocol: "http" }] } });
    expect(await (await fetch(`${here.admin}/config.json`)).json()).toEqual({ routers: [{ protocol: "http" }] });
  });
});
