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

describe("a description", () => {
  const nothing = {
    kind: "service",
    scale: 1,
    addresses: [],
    ports: [],
    labels: {},
    health: null,
    healthCheck: null,
    containers: [],
    state: "active",
    system: false,
    links: [],
    sidekicks: [],
    externalIps: [],
    hostname: null,
    vip: null,
    fqdn: null,
    selector: null,
    metadata: {},
  };
  const servicesOf = (services: string) =>
    parseDescription(`stacks: { shop: { services: ${services} } }`).stacks[0]?.services;
  const check = { port: 80, interval: 2000, unhealthyThreshold: 3 };

  it("needs little", () => {
    expect(parseDescription("stacks: { shop: { services: { web: } } }")).toEqual({
      environment: "Default",
      hosts: [{ name: "host-1", ip: "192.0.2.11", labels: {} }],
      stacks: [{ name: "shop", system: false, services: [{ ...nothing, name: "web" }] }],
      containers: [],
      environments: [],
    });
  });

  it("can say all of a service", () => {
    const { environment, hosts, stacks } = parseDescription(`
environment: Prod
hosts: [{ name: h, ip: 192.0.2.1, labels: { zone: a, rank: 1, spot: true } }]
stacks:
  infra:
    system: true
    services:
      dns: { scale: 3, addresses: [10.42.1.1, 10.42.1.2], ports: ["53:53/udp"], labels: { a: b }, health: unhealthy }
      two: { system: false, state: upgrading, metadata: { a: [1, null] }, fqdn: two.example, selector: "a=b", vip: 10.43.0.1 }
`);
    expect([environment, hosts]).toEqual([
      "Prod",
      [{ name: "h", ip: "192.0.2.1", labels: { zone: "a", rank: "1", spot: "true" } }],
    ]);
    expect(stacks[0]?.system).toBe(true);
    expect(stacks[0]?.services).toEqual([
      {
        ...nothing,
        name: "dns",
        scale: 3,
        addresses: ["10.42.1.1", "10.42.1.2"],
        ports: ["53:53/udp"],
        labels: { a: "b" },
        health: "unhealthy",
        healthCheck: check,
        system: true,
      },
      {
        ...nothing,
        name: "two",
        state: "upgrading",
        metadata: { a: [1, null] },
        fqdn: "two.example",
        selector: "a=b",
        vip: "10.43.0.1",
      },
    ]);
  });

  it("tells the kind by the keys, where they can", () => {
    const services = servicesOf(`{
      web: {}, lb: { kind: loadBalancerService }, k8s: { kind: kubernetesService, vip: 10.43.0.1 },
      ips: { externalIps: [192.0.2.9] }, name: { hostname: db.example }, alias: { kind: dnsService, links: { a: shop/web } } }`);
    expect(services?.map(({ kind, scale }) => [kind, scale])).toEqual([
      ["service", 1],
      ["loadBalancerService", 1],
      ["kubernetesService", 1],
      ["externalService", 1],
      ["externalService", 1],
      ["dnsService", 1],
    ]);
  });

  it("scales as many as are told of", () => {
    const services = servicesOf(
      "{ a: { addresses: [10.42.1.1, 10.42.1.2] }, b: { containers: [{}, null, { state: stopped }] } }",
    );
    expect(services?.map(({ scale }) => scale)).toEqual([2, 3]);
  });

  it("whoever is checked is healthy, and whoever has a health is checked, unless it is said otherwise", () => {
    const services = servicesOf(`{
      a: { health: healthy }, b: { healthCheck: { port: 81, interval: 5, responseTimeout: 6, healthyThreshold: 7,
      unhealthyThreshold: 8, requestLine: GET / } }, c: { health: null, healthCheck: { port: 82 } },
      d: { health: unhealthy, healthCheck: null } }`);
    expect(services?.map(({ health, healthCheck }) => [health, healthCheck])).toEqual([
      ["healthy", check],
      [
        "healthy",
        { port: 81, interval: 5, responseTimeout: 6, healthyThreshold: 7, unhealthyThreshold: 8, requestLine: "GET /" },
      ],
      [null, { port: 82 }],
      ["unhealthy", null],
    ]);
  });

  it("can say what is different about a container, about sidekicks, and where links go", () => {
    const [web] =
      servicesOf(`{ web: {
      containers: [{ state: starting, health: null, labels: { a: b }, ip: null, host: host-1, ports: ["80/tcp"] }, null],
      sidekicks: { conf: { shareNetwork: true, ports: ["1/tcp"] }, log: { addresses: [10.42.3.1], health: healthy } },
      links: { self: Shop/web, gone: { dangling: nobody } } } }`) ?? [];
    const asOthers = { state: null, health: undefined, labels: {}, ip: undefined, host: undefined, ports: undefined };
    expect(web?.containers).toEqual([
      { state: "starting", health: null, labels: { a: "b" }, ip: null, host: "host-1", ports: ["80/tcp"] },
      asOthers,
    ]);
    expect(web?.sidekicks).toMatchObject([
      { name: "conf", shareNetwork: true, ports: ["1/tcp"], healthCheck: null },
      { name: "log", shareNetwork: false, addresses: ["10.42.3.1"], health: "healthy", healthCheck: check },
    ]);
    expect(web?.links).toEqual([
      { name: "self", to: "Shop/web" },
      { name: "gone", dangling: "nobody" },
    ]);
  });

  it("can say what else runs: containers of no service, and linked environments", () => {
    const { containers, environments } = parseDescription(`
stacks: { shop: { services: { web: { links: { db: "other:data/db" } } } } }
containers: { lone: { ip: 192.0.2.5, state: stopped, system: true }, bare: }
environments:
  Other: { hosts: [{ name: far, ip: 192.0.2.7 }], stacks: { data: { services: { db: { links: { me: data/db } } } } } }
`);
    expect(containers).toMatchObject([
      { name: "lone", ip: "192.0.2.5", state: "stopped", system: true },
      { name: "bare", system: false },
    ]);
    expect(environments).toMatchObject([
      { environment: "Other", hosts: [{ name: "far" }], containers: [], environments: [] },
    ]);
  });

  it("may be JSON", () => {
    expect(parseDescription('{"stacks":{"a":{"services":{"b":{"scale":0}}}}}').stacks[0]?.services[0]?.scale).toBe(0);
  });
});

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
