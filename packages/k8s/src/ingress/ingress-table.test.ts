import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { IngressTable } from "./ingress-table.js";
import { type Ingress, readIngress } from "./read-ingress.js";

const backend = (name: string, port: string | number = 80) => ({
  service: { name, port: typeof port === "number" ? { number: port } : { name: port } },
});
type Given = readonly [host: string | undefined, type: string | undefined, path: string | undefined, to: string];

function ingress(
  rules: readonly Given[],
  more: { fallback?: string; class?: string; annotation?: string } = {},
): Ingress {
  const { fallback, class: ingressClassName, annotation } = more;
  const read = readIngress({
    metadata: { annotations: annotation === undefined ? {} : { "kubernetes.io/ingress.class": annotation } },
    spec: {
      ingressClassName,
      ...(fallback === undefined ? {} : { defaultBackend: backend(fallback) }),
      rules: rules.map(([host, pathType, path, to]) => ({
        host,
        http: { paths: [{ pathType, path, backend: backend(to) }] },
      })),
    },
  });
  if (read === undefined) throw new TypeError("no ingress");
  return read;
}

const warnings: string[] = [];
const table = (all: Readonly<Record<string, Ingress>>, ignoreDefaultBackends = false) =>
  new IngressTable(new Map(Object.entries(all)), {
    className: "linkerd",
    ignoreDefaultBackends,
    warn: (text) => warnings.push(text),
  });
const to = (found: IngressTable, host: string | undefined, path = "/") => {
  const target = found.find(host, path);
  return target && `${target.namespace}/${target.port}/${target.service}`;
};

describe("ingress rules", () => {
  it("match paths as their type says", () => {
    const found = table({
      "ns/a": ingress([
        ["a", "Exact", "/exact", "exact"],
        ["a", "Prefix", "/pre/fix", "prefix"],
        ["a", "Prefix", "/slash/", "slash"],
        ["a", "ImplementationSpecific", "/re/[0-9]+", "expression"],
        ["b", "Prefix", "/", "all"],
        ["c", undefined, undefined, "anything"],
      ]),
    });
    expect([to(found, "a", "/exact"), to(found, "a", "/exact/"), to(found, "a", "/EXACT")]).toEqual([
      "ns/80/exact",
      undefined,
      undefined,
    ]);
    expect(["/pre/fix", "/pre/fix/", "/pre/fix/x", "/pre/fixed", "/pre"].map((path) => to(found, "a", path))).toEqual([
      "ns/80/prefix",
      "ns/80/prefix",
      "ns/80/prefix",
      undefined,
      undefined,
    ]);
    expect(["/slash", "/slash/", "/slash/x"].map((path) => to(found, "a", path))).toEqual(Array(3).fill("ns/80/slash"));
    expect(["/re/12", "/re/", "/re/12/x"].map((path) => to(found, "a", path))).toEqual([
      "ns/80/expression",
      undefined,
      undefined,
    ]);
    expect([to(found, "b", "/"), to(found, "b", "/x/y"), to(found, "c", "/x")]).toEqual([
      "ns/80/all",
      "ns/80/all",
      "ns/80/anything",
    ]);
  });

  it("match hosts without their port, in any case; a wildcard is one label", () => {
    const found = table({
      "ns/a": ingress([
        ["Web.Example.com", "Prefix", "/", "web"],
        ["*.example.com", "Prefix", "/", "wild"],
      ]),
    });
    expect(to(found, "web.example.COM:8080")).toBe("ns/80/web");
    expect(to(found, "web.example.com.")).toBe("ns/80/web");
    expect(to(found, "other.example.com")).toBe("ns/80/wild");
    expect([to(found, "a.b.example.com"), to(found, "example.com"), to(found, undefined)]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
  });

  it("are tried from the most to the least particular", () => {
    const found = table({
      "ns/z": ingress([
        [undefined, "Prefix", "/", "any"],
        ["*.example.com", "Prefix", "/a", "wild"],
        ["web.example.com", "Prefix", "/a", "short"],
        ["web.example.com", "Prefix", "/a/b", "long"],
        ["web.example.com", "Exact", "/a/b", "exact"],
      ]),
      "ns/a": ingress([["web.example.com", "Prefix", "/a/b", "first by name"]]),
    });
    expect(to(found, "web.example.com", "/a/b")).toBe("ns/80/exact");
    expect(to(found, "web.example.com", "/a/b/c")).toBe("ns/80/first by name");
    expect(to(found, "web.example.com", "/a/x")).toBe("ns/80/short");
    expect(to(found, "x.example.com", "/a/x")).toBe("ns/80/wild");
    expect(to(found, "x.example.com", "/y")).toBe("ns/80/any");
  });

  it("that are exact come first, however long others are written; a slash at the end is nothing to go by", () => {
    const found = table({
      "ns/a": ingress([
        ["a", "Prefix", "/x/", "slash"],
        ["a", "ImplementationSpecific", "/x[0-9]*", "expression"],
      ]),
      "ns/b": ingress([
        ["a", "Exact", "/x", "exact"],
        ["b", "Prefix", "/x", "plain"],
      ]),
      "ns/c": ingress([["b", "Prefix", "/x/", "slash"]]),
    });
    expect(to(found, "a", "/x")).toBe("ns/80/exact");
    expect(to(found, "a", "/x/")).toBe("ns/80/slash");
    expect(to(found, "b", "/x/y")).toBe("ns/80/plain");
  });

  it("count for their class, by field or annotation, and for nobody's", () => {
    const found = table({
      "ns/mine": ingress([["mine", "Prefix", "/", "mine"]], { class: "linkerd" }),
      "ns/old": ingress([["old", "Prefix", "/", "old"]], { annotation: "linkerd" }),
      "ns/nobody": ingress([["nobody", "Prefix", "/", "nobody"]]),
      "ns/other": ingress([["other", "Prefix", "/", "other"]], { class: "nginx" }),
      "ns/both": ingress([["both", "Prefix", "/", "both"]], { class: "nginx", annotation: "linkerd" }),
    });
    expect(["mine", "old", "nobody", "other", "both"].map((host) => to(found, host))).toEqual([
      "ns/80/mine",
      "ns/80/old",
      "ns/80/nobody",
      undefined,
      undefined,
    ]);
  });

  it("give what nobody wants to the first default backend, unless that is ignored", () => {
    const all = {
      "b/x": ingress([], { fallback: "second" }),
      "a/y": ingress([["web", "Prefix", "/", "web"]], { fallback: "first" }),
    };
    expect(to(table(all), "nobody")).toBe("a/80/first");
    expect(to(table(all, true), "nobody")).toBeUndefined();
  });

  it("that make no sense are left out, and one that is no expression is told of", () => {
    warnings.length = 0;
    const found = table({
      "ns/a": ingress([
        ["a", "ImplementationSpecific", "(", "broken"],
        ["a", "Teleport", "/", "unknown"],
      ]),
      "ns/b": readIngress({
        spec: { rules: [{ http: { paths: [{ backend: { resource: {} } }] } }, null, 7] },
      }) as Ingress,
    });
    expect(to(found, "a", "/")).toBeUndefined();
    expect(warnings).toEqual([expect.stringContaining("ingress ns/a: the path ( is ")]);
    expect(readIngress("no object")).toBeUndefined();
  });

  it("come to the same whatever the order in which they were told of", () => {
    const rule = fc.tuple(
      fc.constantFrom(undefined, "web", "*.x", "a.x"),
      fc.constantFrom("Exact", "Prefix", "ImplementationSpecific"),
      fc.constantFrom("", "/", "/a", "/a/b", "/.*"),
      fc.constantFrom("s", "t", "u"),
    );
    const some = fc.array(fc.tuple(fc.array(rule, { maxLength: 3 }), fc.option(fc.constantFrom("f", "g"))), {
      maxLength: 5,
    });
    fc.assert(
      fc.property(some, fc.infiniteStream(fc.nat()), (all, dice) => {
        const entries = all.map(([rules, fallback], i): [string, Ingress] => {
          return [`n${i % 2}/i${i}`, ingress(rules as Given[], fallback === null ? {} : { fallback })];
        });
        const shuffled = entries
          .map((entry) => ({ entry, at: dice.next().value }))
          .sort((a, b) => a.at - b.at)
          .map(({ entry }) => entry);
        const [one, other] = [table(Object.fromEntries(entries)), table(Object.fromEntries(shuffled))];
        for (const host of ["web", "a.x", "b.x", "none"]) {
          for (const path of ["/", "/a", "/a/b", "/c"]) expect(to(other, host, path)).toBe(to(one, host, path));
        }
      }),
    );
  });
});
