import { Activity, createInterpreter, escapeHtml, Path, type PluginPage } from "@namerkit/core";
import { recordingLog } from "@namerkit/testing";
import { expect, it } from "vitest";
import { fixedNamer, world } from "../../test/world.js";
import { text } from "./answer.js";
import { PluginPages } from "./plugin-pages.js";

const page = (path: string, more: Partial<PluginPage> = {}): PluginPage => {
  return { path, about: `about ${path}`, handle: () => text(200, path), ...more };
};

it("namers bring pages: listed, in the look of the others, and in their navigation [parity: plugin-pages]", async () => {
  const topology = page("/topology", {
    navigation: "Topology <1>",
    handle: (request) => request.page({ title: "Topology", body: `<h1>${escapeHtml("<web>")}</h1>` }),
  });
  const namer = { ...fixedNamer({}), pages: [topology] };
  await using here = await world({}, { namers: [{ prefix: Path.parse("/#/fixed"), namer }] });
  const body = await (await fetch(`${here.admin}/topology`)).text();
  expect(body).toContain("<h1>&lt;web&gt;</h1>");
  expect(body).toContain('<a href="topology" aria-current="page">Topology &lt;1&gt;</a>');
  expect(await (await fetch(`${here.admin}/help`)).text()).toContain("about /topology");
  expect(await (await fetch(`${here.admin}/admin`)).text()).toContain("\n/topology\n");
  expect((await fetch(`${here.admin}/topology`, { method: "POST" })).status).toBe(405);
});

it("HTML of their own making can bring no scripts, unless they say so", async () => {
  const html = { status: 200, type: "text/html; charset=utf-8", body: "<script>alert(1)</script>" };
  const own = [["content-security-policy", "script-src 'unsafe-inline'"]] as const;
  const pages = [page("/plain", { handle: () => html }), page("/own", { handle: () => ({ ...html, headers: own }) })];
  await using here = await world(
    {},
    { namers: [{ prefix: Path.parse("/#/fixed"), namer: { ...fixedNamer({}), pages } }] },
  );
  const policy = async (path: string) => (await fetch(here.admin + path)).headers.get("content-security-policy");
  expect(await policy("/plain")).toContain("default-src 'none'; script-src 'self'");
  expect(await policy("/own")).toBe("script-src 'unsafe-inline'");
  expect(await policy("/admin/ping")).toBeNull();
});

it("what a page of a plug-in throws is an answer, and nothing more", async () => {
  const broken = page("/broken", {
    handle: () => {
      throw new Error("oh");
    },
  });
  const namer = { ...fixedNamer({}), pages: [broken] };
  await using here = await world({}, { namers: [{ prefix: Path.parse("/#/fixed"), namer }] });
  expect((await fetch(`${here.admin}/broken`)).status).toBe(500);
  expect((await fetch(`${here.admin}/admin/ping`)).status).toBe(200);
});

it("transformed namers and interpreters keep theirs", async () => {
  const { transformInterpreter, transformNamer } = await import("@namerkit/core");
  const transformer = { transform: Activity.value };
  const pages = [page("/x")];
  expect(transformNamer({ ...fixedNamer({}), pages }, [transformer as never]).pages).toBe(pages);
  const interpreter = { ...createInterpreter({ namers: [] }), pages };
  const named = [{ name: "t", transformer: transformer as never }];
  expect(transformInterpreter(interpreter, named).pages).toBe(pages);
});

it("none of them stands in front of another, and what is left out is warned of once", () => {
  const log = recordingLog();
  const own = [
    { path: "/admin/shutdown", methods: ["POST"], about: "", handle: () => text(200, "") },
    { path: "/namer_state/", prefix: true, methods: ["GET"], about: "", handle: () => text(200, "") },
  ];
  const brought = [
    page("/admin/shutdown"),
    page("/namer_state/x.json"),
    page("/files/admin.css"),
    page("/help"),
    page("relative"),
    page("/mine"),
    page("/mine"),
  ];
  const plugins = new PluginPages(log);
  for (const _ of [1, 2]) expect(plugins.behind(own, brought).map(({ path }) => path)).toEqual(["/mine"]);
  expect(log.lines.map(({ fields }) => fields)).toEqual(
    ["/admin/shutdown", "/namer_state/x.json", "/files/admin.css", "/help", "relative", "/mine"].map((path) => ({
      path,
    })),
  );
});
