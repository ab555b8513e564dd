import { describe, expect, it } from "vitest";
import { parameter, without, withParameters } from "./query.js";

describe("queries", () => {
  it("get parameters added that they do not have", () => {
    expect(withParameters("/v1/a", { ns: "x y", partition: undefined, stale: true, dc: "" })).toBe(
      "/v1/a?ns=x%20y&stale",
    );
    expect(withParameters("/v1/a?ns=mine&index=5", { ns: "other", wait: "5s" })).toBe("/v1/a?ns=mine&index=5&wait=5s");
    expect(withParameters("/v1/a?", {})).toBe("/v1/a");
  });

  it("lose the ones that are named, and keep the rest as it is written", () => {
    expect(without("/v1/a?index=5&filter=a%3Db&wait=5s", "index", "wait")).toBe("/v1/a?filter=a%3Db");
    expect(without("/v1/a?index=5", "index")).toBe("/v1/a");
    expect(without("/v1/a?indexes=5&passing", "index")).toBe("/v1/a?indexes=5&passing");
  });

  it("are read", () => {
    expect(parameter("/v1/a?wait=5s&filter=a%3Db&odd=%", "filter")).toBe("a=b");
    expect(parameter("/v1/a?wait=5s&odd=%&passing", "odd")).toBe("%");
    expect(parameter("/v1/a?passing", "passing")).toBe("");
    expect(parameter("/v1/a", "wait")).toBeUndefined();
  });
});
