import { readdirSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { world } from "../../test/world.js";
import { files } from "./files.js";

const everything = { controlEnabled: true, diagnosticsEnabled: true, pathWhitelist: [], pathBlacklist: [] };
const get = (url: string, init?: RequestInit) => fetch(url, init);
const html = ["/", "/delegator", "/help"];

describe("pages for people", () => {
  it.each(html)("%s brings nothing along from elsewhere, and nothing inline", async (path) => {
    await using here = await world({});
    const answer = await get(here.admin + path);
    expect([answer.status, answer.headers.get("content-type")]).toEqual([200, "text/html; charset=utf-8"]);
    const policy = answer.headers.get("content-security-policy");
    expect(policy).toContain("default-src 'none'; script-src 'self'; style-src 'self'");
    expect(policy).not.toContain("unsafe");
    const body = await answer.text();
    expect(body).not.toMatch(/<script(?![^>]* src="files\/)/);
    expect(body).not.toMatch(/<style|\sstyle=|\son\w+=|https?:\/\//);
    expect(body).toContain('<a href="delegator"');
  });

  it.each(html)("%s is made of files that are there", async (path) => {
    await using here = await world({});
    const body = await (await get(here.admin + path)).text();
    const used = [...body.matchAll(/(?:href|src)="(files\/[^"]+)"/g)].map(([, file]) => file);
    expect(used.length).toBeGreaterThan(1);
    for (const file of used) expect((await get(`${here.admin}/${file}`)).status).toBe(200);
  });

  it("have each file of the folder served, under Linkerd's two prefixes, as what it is", async () => {
    await using here = await world({});
    expect([...files]).toEqual(readdirSync(new URL("../../page", import.meta.url)).sort());
    const types = { css: "text/css", js: "text/javascript", svg: "image/svg+xml" };
    for (const file of files) {
      for (const folder of ["files", "admin/files"]) {
        const answer = await get(`${here.admin}/${folder}/${file}`);
        const type = types[file.slice(file.lastIndexOf(".") + 1) as keyof typeof types];
        expect([file, answer.status, answer.headers.get("content-type")]).toEqual([
          file,
          200,
          `${type}; charset=utf-8`,
        ]);
        const text = await answer.text();
        expect(text.replaceAll("http://www.w3.org/2000/svg", "")).not.toMatch(/https?:\/\//);
      }
    }
    expect((await get(`${here.admin}/favicon.ico`)).headers.get("content-type")).toBe("image/svg+xml; charset=utf-8");
    for (const path of ["/files/", "/files/../package.json", "/files/%2e%2e/package.json", "/files/nothing.js"]) {
      expect((await get(here.admin + path)).status).toBe(404);
    }
  });

  it("lead only to what is served", async () => {
    const security = { ...everything, uiEnabled: true, pathBlacklist: [/^(?:\/delegator.*|\/admin\/shutdown)$/] };
    await using here = await world({}, { security });
    const body = await (await get(`${here.admin}/help`)).text();
    expect(body).toContain('<a href="./">Dashboard</a>');
    expect(body).not.toContain(">Dtab</a>");
    expect(body).not.toContain("/admin/shutdown");
    const list = (await (await get(`${here.admin}/admin/index.txt`)).text()).trim().split("\n");
    expect(list).toContain("/admin/ping");
    expect(list).not.toContain("/admin/shutdown");
    expect(list).not.toContain("/files/admin.css");
    expect(await (await get(`${here.admin}/admin`)).text()).toBe(`${list.join("\n")}\n`);
  });

  it("do not take the name of a router for markup", async () => {
    const label = `"><script>alert('x')</script>`;
    await using here = await world({}, { router: { label } });
    const body = await (await get(`${here.admin}/delegator`)).text();
    expect(body).toContain("&quot;&gt;&lt;script&gt;");
    expect(body).not.toContain("<script>alert");
  });
});

describe("pages of a JVM [parity: jvm-pages]", () => {
  it.each(["/admin/lint", "/admin/registry.json", "/admin/threads", "/admin/pprof/heap", "/admin/contention"])(
    "%s is not there, and says what is",
    async (path) => {
      await using here = await world({});
      const answer = await get(here.admin + path);
      expect(answer.status).toBe(404);
      expect((await answer.text()).length).toBeGreaterThan(30);
    },
  );
});

it("/admin/server_info says which program this is", async () => {
  await using here = await world({});
  const info = await (await get(`${here.admin}/admin/server_info`)).json();
  expect(info).toMatchObject({
    name: "namerkit",
    version: expect.any(String),
    uptime: expect.any(Number),
    pid: process.pid,
  });
});
