import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { service } from "../../test-support/catalogue.js";
import { isInactive, readService } from "./service.js";

const rules = { portPrefix: "io.l5d.port.", weight: "io.l5d.weight", told: [] };
const read = (more: object) => readService({ ...service("Shop/Web"), ...more }, rules);

describe("readService", () => {
  it("reads a plain service", () => {
    expect(read({})).toMatchObject({
      name: "web",
      stack: "shop",
      key: "shop/web",
      primary: undefined,
      kind: "service",
    });
    expect(read({})).toMatchObject({ vip: undefined, hostname: undefined, externalIps: [], links: [], checked: false });
  });

  it("reads what the others have", () => {
    const more = { kind: "externalService", external_ips: ["192.0.2.1", 7, ""], hostname: "db", vip: "10.43.0.1" };
    expect(read(more)).toMatchObject({
      kind: "externalservice",
      externalIps: ["192.0.2.1"],
      hostname: "db",
      vip: "10.43.0.1",
    });
    expect(
      read({ links: { a: "b", c: null }, primary_service_name: "Masters", health_check: { port: 9 } }),
    ).toMatchObject({
      links: [["a", "b"]],
      primary: "masters",
      checked: true,
    });
  });

  it.each([null, 1, [], "text", {}, { name: "web" }, { name: "a/b", stack_name: "shop" }])(
    "does not understand %j",
    (one) => {
      expect(readService(one, rules)).toBeUndefined();
    },
  );

  it.each([
    ["Removed", true],
    ["active", false],
    [null, false],
  ])("in state %j is inactive: %s", (state, expected) => {
    const read1 = read({ state });
    expect(read1 && isInactive(read1)).toBe(expected);
  });

  it("never throws, whatever a field is", () => {
    const fields = Object.keys(service("a/b")).filter((key) => !["name", "stack_name"].includes(key));
    const anything = fc.record(Object.fromEntries(fields.map((key) => [key, fc.jsonValue()])));
    fc.assert(
      fc.property(anything, (more) => {
        expect(read(more)?.key).toBe("shop/web");
      }),
    );
  });
});
