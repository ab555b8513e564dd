import { describe, expect, it } from "vitest";
import { load, problemsOf, SMALL } from "../../test-support/load.js";
import { LIMITS } from "./limits.js";

describe("YAML that cannot be read [parity: loader]", () => {
  it.each([
    ["", ["1:1  CONFIG_SYNTAX"]],
    [" \n\n", ["1:1  CONFIG_SYNTAX"]],
    ["# nothing\n", ["1:1  CONFIG_SYNTAX"]],
    ["null\n", ["1:1  CONFIG_SYNTAX"]],
    ["- a\n- b\n", ["1:1  CONFIG_SYNTAX"]],
    ["just words\n", ["1:1  CONFIG_SYNTAX"]],
    [`${SMALL}---\nrouters: []\n`, ["6:1  CONFIG_SYNTAX"]],
    [`${SMALL}\tlabel: x\n`, ["5:1  CONFIG_SYNTAX", "5:2 label CONFIG_UNKNOWN_KEY"]],
    [`${SMALL}  label: !env NAME\n`, ["5:10  CONFIG_SYNTAX"]],
    [`${SMALL}  label: @x\n`, ["5:10  CONFIG_SYNTAX"]],
    [`${SMALL}  label: *gone\n`, ["5:10 routers.0.label CONFIG_SYNTAX"]],
    [`${SMALL}  label: a\u0000b\n`, ["5:11  CONFIG_SYNTAX"]],
    [`${SMALL}  ? {a: 1}\n  : 2\n`, ["5:5 routers.0 CONFIG_SYNTAX"]],
    [
      `${SMALL}  announcers: &a [*a]\n`,
      ["5:19 routers.0.announcers.0 CONFIG_SYNTAX", "5:19 routers.0.announcers.0 CONFIG_TYPE"],
    ],
    [`${SMALL}  label: a\n  label: b\n`, ["6:3 routers.0.label CONFIG_DUPLICATE_KEY"]],
    [`${SMALL}routers: []\n`, ["5:1 routers CONFIG_DUPLICATE_KEY"]],
  ])("%j", async (text, expected) => {
    expect(await problemsOf(text)).toEqual(expected);
  });

  it("tells of what is wrong further on as well", async () => {
    const problems = await problemsOf(`admin:\n  label: @x\n  port: 99999\n${SMALL}  tabel: 1\n`);
    expect(problems).toContain("2:10  CONFIG_SYNTAX");
    expect(problems).toContain("3:9 admin.port CONFIG_VALUE");
    expect(problems).toContain("8:3 routers.0.tabel CONFIG_UNKNOWN_KEY");
  });

  it("never repeats the text around an error", async () => {
    const { problems } = await load(`${SMALL}  label: "hunter2 \\q"\n  x: *hunter2\n  y: !hunter2 z\n`);
    expect(problems.length).toBeGreaterThan(0);
    expect(JSON.stringify(problems)).not.toContain("hunter2");
  });
});

describe("YAML that can", () => {
  it("may begin with a byte order mark, which takes no column", async () => {
    expect(await problemsOf(`\ufeff${SMALL}`)).toEqual([]);
    expect(await problemsOf(`\ufeffx: 1\n${SMALL}`)).toEqual(["1:1 x CONFIG_UNKNOWN_KEY"]);
  });

  it("may have the line ends of Windows", async () => {
    expect(await problemsOf(`${SMALL}  dtab: |\n    /a => /b;\n    /c = /d\n`.replaceAll("\n", "\r\n"))).toEqual([
      "7:9 routers.0.dtab DTAB_INVALID",
    ]);
  });

  it("may use anchors and aliases", async () => {
    const { plan, problems } = await load(
      `routers:\n- protocol: http\n  dtab: &d /svc => /a\n  servers: &s [{ port: 0 }]\n- protocol: http\n  label: b\n  dtab: *d\n  servers: *s\n`,
    );
    expect(problems).toEqual([]);
    expect(plan?.routers[1]?.dtab.show()).toBe(plan?.routers[0]?.dtab.show());
  });

  it("may give an anchor again; an alias means the one above it", async () => {
    const { plan } = await load(
      `routers:\n- { protocol: http, label: &x a, servers: [{ port: 0, label: *x }] }\n- { protocol: http, label: &x b, servers: [{ port: 0, label: *x }] }\n`,
    );
    expect(plan?.routers.map((router) => router.servers[0]?.label)).toEqual(["a", "b"]);
  });

  it("says why merge keys are not read", async () => {
    const { problems } = await load(`${SMALL}  <<: {}\n`);
    expect(problems).toMatchObject([{ code: "CONFIG_UNKNOWN_KEY", hint: expect.stringContaining("merge") }]);
  });
});

describe("limits", () => {
  it("on length", async () => {
    expect(await problemsOf(`# ${"x".repeat(LIMITS.characters)}\n${SMALL}`)).toEqual(["1:1  CONFIG_LIMIT"]);
  });

  it.each([
    ["[".repeat(200_000), "1:66  CONFIG_LIMIT"],
    [`a: ${"[".repeat(100)}${"]".repeat(100)}`, "1:68  CONFIG_LIMIT"],
    [`${"- ".repeat(1000)}x`, "1:131  CONFIG_LIMIT"],
    [`{"a":${"[".repeat(200_000)}`, "1:70 CONFIG_LIMIT"],
  ])("on depth: %#", async (text, expected) => {
    const problems = await problemsOf(text);
    expect(problems.map((problem) => problem.replace(/ a\.[0.]+/, ""))).toEqual([expected]);
  });

  it("on what aliases expand to, so that a few lines cannot become millions of values", async () => {
    const lines = ["a0: &a0 [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]"];
    for (let i = 1; i < 9; i++)
      lines.push(
        `a${i}: &a${i} [${Array(10)
          .fill(`*a${i - 1}`)
          .join(", ")}]`,
      );
    expect(await problemsOf(lines.join("\n"))).toContainEqual(expect.stringMatching(/^2:9 a4\.\S* CONFIG_LIMIT$/));
  });
});

describe("JSON [parity: loader]", () => {
  it.each([
    [`{"routers": [`, "1:14 routers.0 CONFIG_SYNTAX", "a value is missing here"],
    [`{"a": 1,}`, "1:9  CONFIG_SYNTAX", "a comma stands before the closing }"],
    [`{"a": [1,]}`, "1:10 a CONFIG_SYNTAX", "a comma stands before the closing ]"],
    [`{"a": [1 2]}`, "1:10 a CONFIG_SYNTAX", "a comma or ] is missing here"],
    [`{a: 1}`, "1:2  CONFIG_SYNTAX", "a key in double quotes is missing here"],
    [`{"a" 1}`, "1:6 a CONFIG_SYNTAX", "a colon is missing after the key"],
    [`{"a": "x\ny"}`, "1:7 a CONFIG_SYNTAX", "the closing double quote is missing"],
    [`{"a": "\\q"}`, "1:7 a CONFIG_SYNTAX", "the text holds a tab or an escape that JSON does not know"],
    [`{"a": 010}`, "1:7 a CONFIG_SYNTAX", "this is not a JSON value"],
    [`{"a": True}`, "1:7 a CONFIG_SYNTAX", "this is not a JSON value"],
    [`{"a": 1} x`, "1:10  CONFIG_SYNTAX", "text follows the end of the JSON document"],
    [`{\n\t"a": 1,\n\t"a": 2\n}`, "3:2 a CONFIG_DUPLICATE_KEY", "a stands twice in this mapping"],
  ])("%j", async (text, expected, message) => {
    const { problems } = await load(text);
    const found = problems.find((problem) => problem.message === message);
    expect(found && `${found.line}:${found.col} ${found.path} ${found.code}`).toBe(expected);
  });

  it("may be indented with tabs, and is placed as exactly as YAML", async () => {
    const text = `{\n\t"routers": [{\n\t\t"protocol": "http",\n\t\t"dtab": "/a => \\u002fb;\\n/c = /d",\n\t\t"servers": [{"port": 0}]\n\t}]\n}`;
    expect(await problemsOf(text)).toEqual(["4:32 routers.0.dtab DTAB_INVALID"]);
  });
});
