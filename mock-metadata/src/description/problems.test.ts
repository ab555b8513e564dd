import { isNamerError } from "@namerkit/core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseDescription } from "./parse.js";

function problemOf(text: string): string {
  try {
    parseDescription(text, "stacks.yaml");
  } catch (error) {
    if (isNamerError(error) && error.code === "MOCK_DESCRIPTION") return error.message;
    throw error;
  }
  throw new Error("it was accepted");
}

const service = (text: string): string => `stacks: { a: { services: { b: ${text} } } }`;

describe("what is wrong with a description is told with its place", () => {
  it.each([
    ["YAML that is none", "stacks:\n  a: [1\n", /^stacks\.yaml:\d:\d+: \w/],
    ["a key given twice", "stacks:\n  a:\n    services: {}\n  a: {}\n", /^stacks\.yaml:4:3: Map keys must be unique$/],
    [
      "an unknown key",
      "stacks:\n  a:\n    servces: {}\n",
      /^stacks\.yaml:3:5: stacks\.a\.servces: unknown key "servces"; there are: system, services$/,
    ],
    [
      "a kind that there is not",
      service("{ kind: dns }"),
      /:1:33: stacks\.a\.services\.b\.kind: "dns" is none of service, /,
    ],
    [
      "an external service that is nowhere",
      service("{ kind: externalService }"),
      /:1:28: .*needs externalIps or a hostname$/,
    ],
    ["an alias of nothing", service("{ kind: dnsService, links: {} }"), /:1:28: .*it needs links$/],
    [
      "addresses elsewhere",
      service("{ kind: service, externalIps: [192.0.2.1] }"),
      /:1:48: .*a service has none; an ext/,
    ],
    [
      "an external service with containers",
      service("{ hostname: a.b, scale: 2 }"),
      /:1:48: .*\.scale: externalService has no/,
    ],
    [
      "an alias with sidekicks",
      service("{ kind: dnsService, links: { a: a/b }, sidekicks: {} }"),
      /:1:70: .*dnsService has no/,
    ],
    [
      "a link to nobody",
      service("{ links: { x: a/c } }"),
      /:1:42: stacks\.a\.services\.b\.links\.x: there is no service "a\/c"; there are: a\/b; .*\{ dangling: "a\/c" \}$/,
    ],
    ["a link to a sidekick", service("{ links: { x: a/b/s }, sidekicks: { s: } }"), /:1:42: .*no service "a\/b\/s"/],
    ["two links that differ in case alone", service("{ links: { x: a/b, X: a/b } }"), /:1:50: .*the same as "x"/],
    ["a link that is no text", service("{ links: { x: 1 } }"), /:1:42: .*a text is expected$/],
    ["a dangling link to nothing", service("{ links: { x: { dangling: } } }"), /:1:47: .*a text is expected$/],
    ["a sidekick called as another", service("{ sidekicks: { s: {}, S: {} } }"), /:1:53: .*the same as "s"/],
    [
      "a sidekick called as its primary",
      service("{ sidekicks: { B: {} } }"),
      /:1:46: .*called otherwise than its primary$/,
    ],
    ["a sidekick with a scale", service("{ sidekicks: { s: { scale: 2 } } }"), /:1:51: .*unknown key "scale"/],
    [
      "a shared network with addresses",
      service("{ sidekicks: { s: { shareNetwork: true, addresses: [] } } }"),
      /:1:71: .*has none of its own$/,
    ],
    [
      "a state of a service that there is not",
      service("{ state: running }"),
      /:1:33: .*"running" is none of requested/,
    ],
    [
      "a state of a container that there is not",
      service("{ containers: [{ state: active }] }"),
      /:1:48: .*"active" is none/,
    ],
    ["a host that there is not", service("{ containers: [{ host: h }] }"), /:1:48: .*"h" is none of host-1$/],
    ["a port that is none", service("{ ports: [http] }"), /:1:41: .*a port is written 8080:80\/tcp/],
    [
      "a check without port",
      service("{ healthCheck: {} }"),
      /:1:33: .*healthCheck\.port: a whole number from 1 to 65535/,
    ],
    ["a check in no time", service("{ healthCheck: { port: 1, interval: 0 } }"), /:1:57: .*from 1 to 86400000/],
    ["a vip that is a name", service("{ vip: here }"), /:1:33: .*an IP address is expected/],
    ["metadata that is a list", service("{ metadata: [] }"), /:1:33: .*a map of names is expected/],
    ["a name with a colon", 'stacks: { "a:b": {} }', /:1:11: .*without slashes and colons$/],
    [
      "hosts of the same name",
      "hosts: [{ name: h, ip: ::1 }, { name: H, ip: ::2 }]\nstacks: {}",
      /:1:33: .*the same as "h"/,
    ],
    [
      "an environment linked to itself",
      "environments: { default: { stacks: {} } }\nstacks: {}",
      /:1:17: .*the environment itself/,
    ],
    [
      "an environment linked further",
      "environments: { O: { stacks: {}, environments: {} } }\nstacks: {}",
      /:1:34: .*unknown key "environments"; there are: hosts, stacks, containers$/,
    ],
    [
      "a link to nobody in a linked environment",
      "environments: { O: { stacks: { a: { services: { b: { links: { x: c/d } } } } } } }\nstacks: { c: { services: { d: } } }",
      /:1:63: environments\.O\.stacks\.a\.services\.b\.links\.x: there is no service "c\/d"; there are: a\/b;/,
    ],
    ["an unknown key at the top", "stack: {}\n", /^stacks\.yaml:1:1: stack: unknown key/],
    ["no stacks", "environment: x\n", /^stacks\.yaml:1:1: stacks: a map of names/],
    ["nothing", "", /^stacks\.yaml:1:1: description: a map is expected$/],
    ["a list for a map", "stacks:\n- a\n", /^stacks\.yaml:1:1: stacks: a map of names is expected$/],
    [
      "a scale that is none",
      "stacks: { a: { services: { b: { scale: 1.5 } } } }",
      /^stacks\.yaml:1:33: .*whole number from 0 to 100000 is expected$/,
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
