import { describe, expect, it } from "vitest";
import { readContainer, serviceKey } from "./container.js";

const web = { stack_name: "Shop", service_name: "Web", primary_ip: "10.42.0.7", state: "running" };
const read = (more: object) => readContainer({ ...web, ...more }, false);

describe("readContainer", () => {
  it("takes what runs, by its name in lower case", () => {
    expect(read({})).toEqual({ service: "shop/web", ip: "10.42.0.7" });
  });

  it("takes it whatever its health, its ports and what else is said of it", () => {
    expect(read({ health_state: "unhealthy", ports: ["%!s(<nil>):80:80/tcp"], new_field: [] })).toMatchObject({
      ip: "10.42.0.7",
    });
  });

  it.each([undefined, null])("believes servers that tell no state (%s)", (state) => {
    expect(read({ state })).toMatchObject({ service: "shop/web" });
  });

  it.each(["starting", "stopped", "Running", "", 1])("leaves out the state %j", (state) => {
    expect(read({ state })).toBe("unused");
  });

  it.each([{ service_name: null }, { stack_name: null }, { service_name: undefined }])("leaves out %j", (more) => {
    expect(read(more)).toBe("unused");
  });

  it.each([
    { primary_ip: null },
    { primary_ip: "" },
    { primary_ip: "127.0.0.1" },
    { stack_name: 1 },
    { service_name: "" },
    { service_name: "a/b" },
  ])("finds %j odd", (more) => expect(read(more)).toBe("odd"));

  it.each([null, "text", 1, true, []])("finds %j odd", (entry) => {
    expect(readContainer(entry, false)).toBe("odd");
  });
});

describe("serviceKey", () => {
  it("tells a/b + c from a + b/c by taking neither", () => {
    expect([serviceKey("a/b", "c"), serviceKey("a", "b/c"), serviceKey("A", "b")]).toEqual([
      undefined,
      undefined,
      "a/b",
    ]);
  });
});
