import { isIP } from "node:net";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readContainer } from "./container.js";
import { noLabels } from "./labels.js";
import { serviceKey } from "./names.js";

const rules = { allowLoopback: false, labels: { portPrefix: "io.l5d.port.", weight: "io.l5d.weight", told: ["zone"] } };
const web = { stack_name: "Shop", service_name: "Web", primary_ip: "10.42.0.7", state: "running" };
const read = (more: object) => readContainer({ ...web, ...more }, rules);

describe("readContainer", () => {
  it("reads what an old server tells", () => {
    expect(read({})).toEqual({
      uuid: undefined,
      serviceUuid: undefined,
      service: "shop/web",
      ip: "10.42.0.7",
      networkFrom: undefined,
      hostUuid: undefined,
      state: "running",
      health: undefined,
      checked: false,
      system: false,
      labels: noLabels,
      published: [],
    });
  });

  it("reads what the newest tells", () => {
    const more = {
      uuid: "c-1",
      service_uuid: "s-1",
      network_from_container_uuid: "c-2",
      host_uuid: "h-1",
      health_state: "Healthy",
      health_check: { port: 80 },
      system: true,
      labels: { "io.l5d.weight": "2", zone: "a", other: "b" },
      ports: ["0.0.0.0:8080:80/tcp"],
      new_field: [],
    };
    expect(read(more)).toMatchObject({
      uuid: "c-1",
      serviceUuid: "s-1",
      networkFrom: "c-2",
      hostUuid: "h-1",
      health: "healthy",
      checked: true,
      system: true,
      labels: { weight: 2, told: { zone: "a" }, odd: 0 },
      published: [{ hostIp: undefined, publicPort: 8080, privatePort: 80 }],
    });
  });

  it.each([
    [{ service_name: null }, undefined],
    [{ stack_name: null }, undefined],
    [{ service_name: undefined, stack_name: undefined }, undefined],
    [{ service_name: "" }, undefined],
    [{ service_name: "", stack_name: "" }, undefined],
  ])("knows %j for nobody's", (more, service) => expect(read(more)?.service).toBe(service));

  it.each([{ stack_name: 1 }, { service_name: {} }, { service_name: "a/b" }])("does not understand %j", (more) => {
    expect(read(more)).toBeUndefined();
  });

  it.each([null, "text", 1, true, []])("does not understand %j", (entry) => {
    expect(readContainer(entry, rules)).toBeUndefined();
  });

  it("never throws, whatever a field is, and never has an address that cannot be used", () => {
    const keys = [
      "uuid",
      "service_uuid",
      "primary_ip",
      "labels",
      "ports",
      "health_state",
      "health_check",
      "state",
      "system",
    ];
    const fields = fc.record(Object.fromEntries([...keys, ...Object.keys(web)].map((key) => [key, fc.jsonValue()])), {
      requiredKeys: [],
    });
    const ip = fc.oneof(fc.ipV4(), fc.ipV6(), fc.constantFrom("127.0.0.1", "::1", "", null), fc.jsonValue());
    fc.assert(
      fc.property(fields, ip, (more, primary_ip) => {
        const address = read({ ...more, primary_ip })?.ip;
        if (address === undefined) return;
        expect(isIP(address)).not.toBe(0);
        expect(address).not.toMatch(/^(127\.|0\.|::1?$|::ffff:)/);
      }),
    );
  });
});

describe("serviceKey", () => {
  it.each([
    ["Shop", "Web", "shop/web"],
    ["", "web", undefined],
    ["a/b", "c", undefined],
    ["a", 1, undefined],
  ])("%j and %j: %j", (stack, service, key) => expect(serviceKey(stack, service)).toBe(key));
});
