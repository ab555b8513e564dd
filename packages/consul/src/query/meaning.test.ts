import { NamerError } from "@namerkit/core";
import { HttpFailure } from "@namerkit/watch";
import { describe, expect, it } from "vitest";
import { isUnknownDatacenter, meant, mustBeWhole } from "./meaning.js";

const error = (text: string, code = "NAMER_UNAVAILABLE") => new NamerError(code, `GET x: status 500: ${text}`);

describe("what Consul's 500 means", () => {
  it("tells an unknown datacenter from one that is out of reach, and from everything else", () => {
    expect(isUnknownDatacenter(error("No path to datacenter"))).toBe(true);
    expect(isUnknownDatacenter(error("rpc error making call: EOF"))).toBe(false);
    expect(isUnknownDatacenter(error("No cluster leader"))).toBe(false);
    expect(isUnknownDatacenter(error("No path to datacenter", "NAMER_REFUSED"))).toBe(false);
    expect(isUnknownDatacenter(new Error("No path to datacenter"))).toBe(false);
  });

  it("takes a filter that Consul does not understand for something to be shown at once", () => {
    const bad = error("Failed to create boolean expression evaluator: 1:8 (7): no match found");
    expect(meant(bad)).toMatchObject({ code: "NAMER_ANSWER", message: bad.message });
    const other = error("No cluster leader");
    expect(meant(other)).toBe(other);
    expect(meant(7)).toBe(7);
  });

  it("does not take the name of a service for Consul's words", () => {
    const request = "GET http://consul/v1/catalog/service/bexpr";
    const failure = new HttpFailure("NAMER_UNAVAILABLE", "status", `${request}: status 500: rpc error`, {
      status: 500,
      said: "rpc error",
    });
    expect(meant(failure)).toBe(failure);
  });

  it("is nothing that comes with another 2xx", () => {
    expect(() => mustBeWhole({ status: 200, request: "GET x" })).not.toThrow();
    expect(() => mustBeWhole({ status: 206, request: "GET x" })).toThrow("GET x: status 206");
  });
});
