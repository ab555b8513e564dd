import { deepStrictEqual } from "node:assert/strict";
import { type JsonShape, PartialJson } from "@namerkit/watch";
import fc from "fast-check";
import { describe, it } from "vitest";
import type { Backing } from "./backing.js";
import { Interner } from "./interner.js";
import { endpointsFields, readEndpoints } from "./read-endpoints.js";
import { readService, SERVICE_FIELDS } from "./read-service.js";
import { readSlice, sliceFields } from "./read-slice.js";

const slice = {
  metadata: {
    name: "web-1",
    labels: { "kubernetes.io/service-name": "web", version: "v1", app: "web" },
    managedFields: [{ fieldsV1: { "f:endpoints": {} } }],
  },
  addressType: "IPv4",
  endpoints: [
    {
      addresses: ["10.0.0.1", "10.0.0.2"],
      conditions: { ready: false, serving: true, terminating: true },
      targetRef: { kind: "Pod", name: "web-1" },
      nodeName: "node-1",
      zone: "a",
      hostname: "web-0",
      hints: { forZones: [{ name: "a" }, { name: "b" }] },
    },
    { addresses: ["10.0.0.3"], topology: { "kubernetes.io/hostname": "node-2", "topology.kubernetes.io/zone": "b" } },
    { addresses: ["10.0.0.4"], conditions: {}, deprecatedTopology: { "topology.kubernetes.io/zone": "c" } },
  ],
  ports: [
    { name: "http", port: 8080, protocol: "TCP" },
    { name: "dns", port: 53, protocol: "UDP" },
  ],
};

const endpoints = {
  metadata: { name: "web", labels: { version: "v1" } },
  subsets: [
    {
      addresses: [{ ip: "10.0.0.1", nodeName: "node-1", hostname: "web-0", targetRef: { kind: "Pod" } }, { ip: "::1" }],
      notReadyAddresses: [{ ip: "10.0.0.2" }],
      ports: [
        { name: "http", port: 8080, protocol: "TCP" },
        { port: 53, protocol: "UDP" },
      ],
    },
  ],
};

const service = {
  metadata: { name: "web" },
  spec: {
    type: "ExternalName",
    externalName: "web.example.",
    ports: [{ name: "http", port: 80, targetPort: "http", protocol: "TCP" }],
    selector: { app: "web" },
  },
  status: { loadBalancer: { ingress: [{ ip: "192.0.2.1" }, { hostname: "lb.example" }] } },
};

/** The object, in which some things are not what they should be. */
function spoilt(object: unknown): fc.Arbitrary<unknown> {
  const other = fc.constantFrom(null, undefined, "", "text", 0, 65_536, true, [], {}, [null], ["x"], { a: 1 });
  const spoil = (value: unknown): fc.Arbitrary<unknown> => {
    const kept = Array.isArray(value)
      ? fc.tuple(...value.map(spoil))
      : typeof value === "object" && value !== null
        ? fc
            .tuple(...Object.entries(value).map(([name, one]) => spoil(one).map((new_) => [name, new_])))
            .map(Object.fromEntries)
        : fc.constant(value);
    return fc.oneof({ arbitrary: kept, weight: 40 }, { arbitrary: other, weight: 1 });
  };
  return spoil(object);
}

const shown = (backing: Backing | undefined): unknown =>
  backing && { ...backing, sets: backing.sets.map((set) => ({ ...set, backends: [...set.backends] })) };

describe("what is not among the fields that are read", () => {
  const cases: readonly [string, object, JsonShape, (object: unknown) => unknown][] = [
    [
      "EndpointSlice",
      slice,
      sliceFields("version"),
      (one) => shown(readSlice(one, { label: "version", interner: new Interner() })),
    ],
    [
      "Endpoints",
      endpoints,
      endpointsFields("version"),
      (one) => shown(readEndpoints(one, { label: "version", interner: new Interner() })),
    ],
    ["Service", service, SERVICE_FIELDS, readService],
  ];

  it.each(cases)("changes nothing that is kept of %s, whatever is wrong with it", (_kind, object, fields, read) => {
    const partial = new PartialJson(fields);
    fc.assert(
      fc.property(spoilt(object), (one) => {
        const text = JSON.stringify(one) ?? "null";
        deepStrictEqual(read(partial.parse(new TextEncoder().encode(text))), read(JSON.parse(text)));
      }),
      { numRuns: 1_000 },
    );
  });
});
