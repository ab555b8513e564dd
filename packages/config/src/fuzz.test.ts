import { Path } from "@namerkit/core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { load } from "../test-support/load.js";
import { CONFIG_CODES } from "./errors.js";

const WHOLE = `admin: { ip: 0.0.0.0, port: 9990, security: { pathBlacklist: ["/config[.]json"] } }
namers:
- kind: io.acme.nomad
  prefix: /nomad
  token: S3CRET7-S3CRET7
  tags: &tags
  - { tag: a, weight: 2 }
  transformers:
  - { kind: io.l5d.port, port: 8080 }
telemetry:
- kind: io.l5d.prometheus
routers:
- protocol: http
  label: "out"
  dtab: |
    /svc => /#/nomad | 2 * /a & /b ; # why
    /svc/x => /$/inet/127.1/80
  identifier: [{ kind: io.l5d.path, segments: 2 }, { kind: io.l5d.header.token }]
  client:
    kind: io.l5d.static
    configs:
    - { prefix: /, loadBalancer: { kind: ewma }, failureAccrual: { kind: io.l5d.successRate, successRate: 0.9, requests: 20 } }
    - prefix: "/#/*/{name}:{port}"
      tls: { commonName: "{port}.{name}.test" }
  service: { totalTimeoutMs: 5, retries: { backoff: { kind: jittered, minMs: 1, maxMs: 2 } } }
  httpAccessLog: a.log
  httpAccessLogRollPolicy: 5.megabytes
  servers: [{ port: 4140, ip: '::1', addForwardedHeader: { by: { kind: static, label: us } } }]
`;

const NAMES = ["/", "/svc/web", "/#/nomad/a:b:c", "/%/io.l5d.port/80/#/nomad/\\x00"].map(Path.parse);

/** What holds of any text whatever. */
async function check(text: string): Promise<void> {
  const { plan, problems } = await load(text);
  const lines = text.replace(/^\ufeff/, "").split(/\r\n|\r|\n/);
  for (const { line, col, code, message, severity } of problems) {
    expect(CONFIG_CODES).toHaveProperty(code);
    expect(code, text).not.toBe("CONFIG_INTERNAL");
    expect(message).not.toBe("");
    expect(["error", "warning"]).toContain(severity);
    expect(line).toBeGreaterThanOrEqual(1);
    expect(line, text).toBeLessThanOrEqual(lines.length);
    expect(col).toBeGreaterThanOrEqual(1);
    // Just after the last character of the line is still in it; so is the break that ends it.
    expect(col, `${text}\n${line}:${col} ${message}`).toBeLessThanOrEqual((lines[line - 1] ?? "").length + 2);
  }
  const positions = problems.map(({ line, col }) => [line, col] as const);
  const sorted = [...positions].sort(([a, b], [c, d]) => a - c || b - d);
  expect(positions).toEqual(sorted);
  for (const router of plan?.routers ?? [])
    for (const name of NAMES) {
      expect(router.client.of(name)).toBeTypeOf("object");
      expect(router.service.of(name)).toBeTypeOf("object");
    }
  expect(plan === undefined).toBe(problems.some(({ severity }) => severity === "error"));
}

const noise = fc.constantFrom(
  ..."{}[]:,&*!|>'\"%@`#?-~ \t\n\r\\/",
  ..."<<: ,---,...,&a ,*a ,!!str ,!x ,null,true,1e999,-0,0x1f,.inf,.nan,__proto__,constructor,\u0000,\u0018,\ufeff,\ud800,🙂,kind: ,\n- ,\n  ,prefix: /,token: ".split(
    ",",
  ),
);

describe("any text", { timeout: 120_000 }, () => {
  it("gives problems, never a throw", async () => {
    await fc.assert(fc.asyncProperty(fc.string({ unit: "binary", maxLength: 200 }), check), { numRuns: 400 });
  });

  it("made of what YAML and JSON are made of", async () => {
    const text = fc.array(fc.oneof(noise, fc.constantFrom("routers", "namers", "admin", "a", "1")), { maxLength: 40 });
    await fc.assert(
      fc.asyncProperty(
        text.map((parts) => parts.join("")),
        check,
      ),
      { numRuns: 800 },
    );
    await fc.assert(
      fc.asyncProperty(
        text.map((parts) => `{${parts.join("")}`),
        check,
      ),
      { numRuns: 400 },
    );
  });
});

describe("a good configuration", { timeout: 120_000 }, () => {
  it("loads", async () => {
    const { problems } = await load(WHOLE);
    expect(problems.map(({ severity }) => severity)).toEqual(["warning"]);
  });

  const edit = fc.record({
    at: fc.nat(WHOLE.length),
    drop: fc.nat(12),
    put: fc.oneof(noise, fc.constant(""), fc.string({ maxLength: 3 })),
  });
  it("with some of it changed", async () => {
    const mutated = fc
      .array(edit, { minLength: 1, maxLength: 4 })
      .map((edits) =>
        edits.reduce((text, { at, drop, put }) => text.slice(0, at) + put + text.slice(at + drop), WHOLE),
      );
    await fc.assert(fc.asyncProperty(mutated, check), { numRuns: 800 });
  });

  it("with a line taken out, doubled or moved", async () => {
    const lines = WHOLE.split("\n");
    const index = fc.nat(lines.length - 1);
    const shuffled = fc.tuple(index, index, fc.nat(1)).map(([from, to, keep]) => {
      const copy = [...lines];
      const [line = ""] = copy.splice(from, 1 - keep) || [""];
      copy.splice(to, 0, keep === 1 ? (lines[from] ?? "") : line);
      return copy.join("\n");
    });
    await fc.assert(fc.asyncProperty(shuffled, check), { numRuns: 400 });
  });

  it("with any JSON in place of any value", async () => {
    const base = {
      admin: { port: 1 },
      namers: [{ kind: "io.acme.nomad", token: "S3CRET7-S3CRET7" }],
      routers: [
        {
          protocol: "http",
          dtab: "/a => /b",
          identifier: { kind: "io.l5d.path" },
          interpreter: { kind: "default", transformers: [{ kind: "io.l5d.port", port: 5 }] },
          client: { kind: "io.l5d.static", configs: [{ prefix: "/#/{a}", tls: { commonName: "{a}" } }] },
          servers: [{ port: 1 }],
        },
      ],
    };
    const places = [...JSON.stringify(base).matchAll(/(?<=:)("[^"]*"|\d+|\{\}|\[.*\]|\{.*\})/g)];
    const replaced = fc.tuple(fc.nat(places.length - 1), fc.json()).map(([index, json]) => {
      const place = places[index];
      const text = JSON.stringify(base);
      return text.slice(0, place?.index) + json + text.slice((place?.index ?? 0) + (place?.[0].length ?? 0));
    });
    await fc.assert(
      fc.asyncProperty(replaced, async (text) => {
        await check(text);
        expect(JSON.stringify((await load(text)).problems)).not.toContain("S3CRET7");
      }),
      { numRuns: 400 },
    );
  });
});
