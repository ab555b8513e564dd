import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type ConsulOptions, checkOptions } from "../config/namer-config.js";
import { authorityOf, isAuthority } from "./authority.js";
import { canonical, isImpossible, type NameKey, segmentsOf, tagsIn } from "./names.js";
import { questionOf } from "./question.js";

const rules = (options: ConsulOptions = {}) => checkOptions(options);
const split: ConsulOptions = { includeTag: true, tagSeparator: ":" };

describe("names", () => {
  it("have a tag where the configuration says so", () => {
    expect(segmentsOf(rules())).toEqual(["dc", "service"]);
    expect(segmentsOf(rules({ includeTag: true }))).toEqual(["dc", "tag", "service"]);
  });

  it.each<[NameKey, ConsulOptions, NameKey]>([
    [{ dc: "DC1", service: "Web" }, {}, { dc: "DC1", service: "web" }],
    [{ dc: "dc1", tag: "Prod", service: "WEB" }, { includeTag: true }, { dc: "dc1", tag: "prod", service: "web" }],
    [{ dc: "dc1", tag: "b:A:b", service: "web" }, split, { dc: "dc1", tag: "a:b", service: "web" }],
    [{ dc: "dc1", tag: "B:a", service: "web" }, { includeTag: true }, { dc: "dc1", tag: "b:a", service: "web" }],
    [{ dc: "dc1", tag: "C::", service: "web" }, split, { dc: "dc1", tag: "c::", service: "web" }],
    [{ dc: "dc1", tag: "ÉTÉ", service: "ΟΔΟΣ ΣΑΣ" }, {}, { dc: "dc1", tag: "été", service: "οδοσ σασ" }],
    [{ dc: "dc1", service: "İstanbul/𐐀" }, {}, { dc: "dc1", service: "istanbul/𐐨" }],
    [{ dc: ".local", service: "Web Service/é" }, {}, { dc: ".local", service: "web service/é" }],
  ])("%j with %j: %j", (key, options, expected) => {
    expect(canonical(key, rules(options))).toEqual(expected);
    expect(canonical(expected, rules(options))).toEqual(expected);
  });

  it("have several tags only where a separator is given, and a tag that has it at its end is one", () => {
    const key = { dc: "dc1", tag: "1.2:b5", service: "web" };
    expect(tagsIn(key, rules({ includeTag: true }))).toEqual(["1.2:b5"]);
    expect(tagsIn(key, rules(split))).toEqual(["1.2", "b5"]);
    expect(tagsIn({ ...key, tag: "c::" }, rules(split))).toEqual(["c::"]);
  });

  it.each([
    { dc: "", service: "web" },
    { dc: "dc1", service: "" },
    { dc: "dc1", service: "." },
    { dc: "dc1", service: ".." },
    { dc: "dc1", tag: "", service: "web" },
    ...["a//b", "/a", "/", "//", "a/./b", "a/../b", "../../kv/x", "a/..", "./a", "a\u0000", "\na", "\u0085"].map(
      (service) => ({
        dc: "dc1",
        service,
      }),
    ),
  ])("%j can be none", (key) => {
    expect(isImpossible(key)).toBe(true);
  });

  it("may end in a slash, but for a prepared query, whose name something follows", () => {
    const key = { dc: "dc1", service: "a/" };
    expect([isImpossible(key), isImpossible(key, { preparedQueries: true })]).toEqual([false, true]);
  });

  it("may look odd", () => {
    for (const service of ["...", ".local", "a/b", "a/", "a/...", "?x=y", "%2e%2e", "#", "\ufffd", "\u00a0"]) {
      expect(isImpossible({ dc: "dc1", service })).toBe(false);
    }
  });
});

describe("questions", () => {
  const web = { dc: "dc1", service: "web" };
  it.each<[NameKey, ConsulOptions, string]>([
    [web, {}, "/v1/catalog/service/web?dc=dc1"],
    [{ ...web, dc: ".local" }, {}, "/v1/catalog/service/web"],
    [web, { useHealthCheck: true }, "/v1/health/service/web?dc=dc1&passing=true"],
    [web, { useHealthCheck: true, healthStatuses: ["passing", "warning"] }, "/v1/health/service/web?dc=dc1"],
    [web, { useHealthCheck: true, connect: true }, "/v1/health/connect/web?dc=dc1&passing=true"],
    [{ ...web, tag: "prod" }, { includeTag: true }, "/v1/catalog/service/web?dc=dc1&tag=prod"],
    [{ ...web, tag: "a:b" }, { ...split, tags: ["b", "c"] }, "/v1/catalog/service/web?dc=dc1&tag=a&tag=b&tag=c"],
    [web, { near: "_agent" }, "/v1/catalog/service/web?dc=dc1&near=_agent"],
    [web, { filter: "ServiceMeta.v == 1" }, "/v1/catalog/service/web?dc=dc1&filter=ServiceMeta.v%20%3D%3D%201"],
    [web, { peer: "east" }, "/v1/catalog/service/web?dc=dc1&peer=east"],
    [web, { preparedQueries: true, useHealthCheck: true }, "/v1/query/web/execute?dc=dc1"],
    [{ dc: "a&b=c", service: "web service/é?#" }, {}, "/v1/catalog/service/web%20service%2F%C3%A9%3F%23?dc=a%26b%3Dc"],
  ])("%j with %j: %s", (key, options, question) => {
    expect(questionOf(key, rules(options))).toBe(question);
  });
});

describe("any name at all", () => {
  it("is asked for as itself and with no other parameters, or not at all", () => {
    const text = fc.string({
      unit: fc.oneof(fc.constantFrom(..."/.%?#&=+ \\\u0000Σİé"), fc.string({ unit: "binary", maxLength: 1 })),
    });
    const options: ConsulOptions = { includeTag: true, useHealthCheck: true };
    fc.assert(
      fc.property(text, text, text, (dc, tag, service) => {
        const key = canonical({ dc, tag, service }, rules(options));
        expect(canonical(key, rules(options))).toEqual(key);
        if (isImpossible(key)) return;
        const url = new URL(questionOf(key, rules(options)), "http://consul");
        const prefix = "/v1/health/service/";
        // As Consul sees it, which decodes before it looks for `//` and dots.
        const path = decodeURIComponent(url.pathname);
        expect(path).toBe(prefix + key.service);
        expect(path.split("/").slice(1, -1)).not.toContain("");
        expect(path.split("/").some((part) => part === "." || part === "..")).toBe(false);
        const asked = Object.fromEntries(url.searchParams);
        expect(asked).toEqual({ ...(dc !== ".local" && { dc }), tag: key.tag, passing: "true" });
        expect(url.hash).toBe("");
      }),
      { numRuns: 500 },
    );
  });
});

describe("authorities", () => {
  const agent = { datacenter: "dc1", domain: "consul" };
  it.each<[NameKey, typeof agent | { datacenter: undefined; domain: string }, ConsulOptions, string]>([
    [{ dc: "dc2", service: "web" }, agent, {}, "web.service.dc2.consul"],
    [{ dc: ".local", service: "web" }, agent, {}, "web.service.dc1.consul"],
    [{ dc: ".local", service: "web" }, { datacenter: undefined, domain: "acme.co" }, {}, "web.service.acme.co"],
    [{ dc: "dc1", tag: "prod", service: "web" }, agent, { includeTag: true }, "prod.web.service.dc1.consul"],
    [{ dc: "dc1", tag: "a:b", service: "web" }, agent, split, "a.web.service.dc1.consul"],
    [{ dc: "dc1", service: "nearest" }, agent, { preparedQueries: true }, "nearest.query.dc1.consul"],
  ])("%j of %j with %j: %s", (key, domain, options, authority) => {
    expect(authorityOf(key, domain, rules(options))).toBe(authority);
  });

  it("can be sent only if they are hosts", () => {
    const good = ["web.service.dc1.consul", "a_b.c:80", "10.0.0.1", "[::1]:80", "a%20b.service.consul"];
    const bad = [
      "",
      "web service.service.consul",
      "a/b",
      "a@b",
      "a\r\nx: y",
      "é.service.consul",
      "a:80:90",
      "a?b",
      "a%2",
      "[x",
    ];
    expect(good.filter(isAuthority)).toEqual(good);
    expect([...bad, "a".repeat(513)].filter(isAuthority)).toEqual([]);
  });
});
