import { isNamerError } from "@namerkit/core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseDescription } from "./description.js";

function problemOf(text: string): string {
  try {
    parseDescription(text, "stacks.yaml");
  } catch (error) {
    if (isNamerError(error) && error.code === "MOCK_DESCRIPTION") return error.message;
    throw error;
  }
  throw new Error("it was accepted");
}

describe("a description", () => {
  it("needs little", () => {
    expect(parseDescription("stacks: { shop: { services: { web: } } }")).toEqual({
      environment: "Default",
      hosts: [{ name: "host-1", ip: "192.0.2.11", labels: {} }],
      stacks: [
        {
          name: "shop",
          system: false,
          services: [{ name: "web", scale: 1, addresses: [], ports: [], labels: {}, health: null }],
        },
      ],
    });
  });

  it("can say all", () => {
    const { environment, hosts, stacks } = parseDescription(`
environment: Prod
hosts: [{ name: h, ip: 192.0.2.1, labels: { zone: a, rank: 1, spot: true } }]
stacks:
  infra:
    system: true
    services:
      dns: { scale: 3, addresses: [10.42.1.1, 10.42.1.2], ports: ["53:53/udp"], labels: { a: b }, health: unhealthy }
      two: { addresses: [10.42.2.1, 10.42.2.2] }
`);
    expect([environment, hosts]).toEqual([
      "Prod",
      [{ name: "h", ip: "192.0.2.1", labels: { zone: "a", rank: "1", spot: "true" } }],
    ]);
    expect(stacks[0]?.system).toBe(true);
    expect(stacks[0]?.services).toEqual([
      {
        name: "dns",
        scale: 3,
        addresses: ["10.42.1.1", "10.42.1.2"],
        ports: ["53:53/udp"],
        labels: { a: "b" },
        health: "unhealthy",
      },
      { name: "two", scale: 2, addresses: ["10.42.2.1", "10.42.2.2"], ports: [], labels: {}, health: null },
    ]);
  });

  it("may be JSON", () => {
    expect(parseDescription('{"stacks":{"a":{"services":{"b":{"scale":0}}}}}').stacks[0]?.services[0]?.scale).toBe(0);
  });
});

describe("what is wrong with a description is told with its place", () => {
  it.each([
    ["YAML that is none", "stacks:\n  a: [1\n", /^stacks\.yaml:\d:\d+: \w/],
    ["a key given twice", "stacks:\n  a:\n    services: {}\n  a: {}\n", /^stacks\.yaml:4:3: Map keys must be unique$/],
    [
      "an unknown key",
      "stacks:\n  a:\n    servces: {}\n",
      /^stacks\.yaml:3:5: stacks\.a\.servces: unknown key "servces"; there are: system, services$/,
    ],
    ["an unknown key at the top", "stack: {}\n", /^stacks\.yaml:1:1: stack: unknown key/],
    ["no stacks", "environment: x\n", /^stacks\.yaml:1:1: stacks: a map of names/],
    ["nothing", "", /^stacks\.yaml:1:1: description: a map is expected$/],
    ["a list for a map", "stacks:\n- a\n", /^stacks\.yaml:1:1: stacks: a map of names is expected$/],
    [
      "a scale that is none",
      "stacks: { a: { services: { b: { scale: 1.5 } } } }",
      /^stacks\.yaml:1:33: .*whole number from 0 to 100000$/,
    ],
    ["a scale beyond measure", "stacks: { a: { services: { b: { scale: 100001 } } } }", /^stacks\.yaml:1:33: /],
    [
      "an address that is a number",
      "stacks:\n  a:\n    services:\n      b:\n        addresses: [10.42.0.1, 10.42]\n",
      /^stacks\.yaml:5:32: stacks\.a\.services\.b\.addresses\.1: a text/,
    ],
    [
      "an address that is a name",
      "stacks:\n  a:\n    services:\n      b: { addresses: [10.42.1.] }\n",
      /^stacks\.yaml:4:24: stacks\.a\.services\.b\.addresses\.0: an IP address is expected, not "10\.42\.1\."$/,
    ],
    ["a host at a name", "hosts: [{ name: h, ip: h.example }]\nstacks: {}\n", /^stacks\.yaml:1:20: .*an IP address/],
    [
      "a health that there is not",
      "stacks: { a: { services: { b: { health: helthy } } } }",
      /^stacks\.yaml:1:33: stacks\.a\.services\.b\.health: "helthy" is none of healthy, unhealthy, .*, or null$/,
    ],
    [
      "services that differ in case alone",
      "stacks:\n  a:\n    services:\n      web: {}\n      Web: {}\n",
      /^stacks\.yaml:5:7: stacks\.a\.services\.Web: the same as "web", since case does not count$/,
    ],
    [
      "stacks that differ in case alone",
      "stacks:\n  A: {}\n  a: {}\n",
      /^stacks\.yaml:3:3: stacks\.a: the same as "A"/,
    ],
    ["a name with a slash", "stacks: { a/b: {} }", /^stacks\.yaml:1:11: stacks\.a\/b: a name is expected/],
    ["an empty name", "stacks: { a: { services: { '': {} } } }", /^stacks\.yaml:1:28: .*a name is expected/],
    [
      "a list of addresses that is none",
      "stacks: { a: { services: { b: { addresses: x } } } }",
      /^stacks\.yaml:1:33: .*a list is expected$/,
    ],
    [
      "a label that is a map",
      "hosts:\n- { name: h, ip: ::1, labels: { a: {} } }\nstacks: {}\n",
      /^stacks\.yaml:2:33: hosts\.0\.labels\.a: a text/,
    ],
    ["a host without address", "hosts:\n- name: h\nstacks: {}\n", /^stacks\.yaml:2:3: hosts\.0\.ip: a text/],
    ["no hosts at all", "hosts: []\nstacks: {}\n", /^stacks\.yaml:1:1: hosts: there must be at least one$/],
    ["a flag that is none", "stacks: { a: { system: 1 } }", /^stacks\.yaml:1:16: stacks\.a\.system: true or false/],
    ["an environment without name", "environment: ''\nstacks: {}", /^stacks\.yaml:1:1: environment: a text/],
    [
      "aliases beyond measure",
      `a: &a [x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b]\nstacks: [*c,*c,*c]\n`,
      /^stacks\.yaml: .*alias/,
    ],
  ])("%s", (_, text, message) => {
    expect(problemOf(text)).toMatch(message);
  });

  it("is all that any text can lead to", () => {
    const text = fc.oneof(
      fc.string(),
      fc.json(),
      fc
        .array(
          fc.constantFrom(
            "stacks",
            "hosts",
            ": ",
            "{",
            "}",
            "[",
            "]",
            "&a ",
            "*a",
            "\n",
            "  ",
            "- ",
            "x",
            "1",
            "null",
            "__proto__",
            '"',
          ),
        )
        .map((parts) => parts.join("")),
    );
    fc.assert(
      fc.property(text, (one) => {
        try {
          return Array.isArray(parseDescription(one).stacks);
        } catch (error) {
          return isNamerError(error) && error.code === "MOCK_DESCRIPTION" && error.message.startsWith("<description>:");
        }
      }),
      { numRuns: 500 },
    );
  });
});
