import { describe, expect, it } from "vitest";
import { asCatalog, entry } from "../../test-support/entries.js";
import { choosePort } from "./ports.js";
import { readInstance } from "./read-instances.js";

const http = { Name: "http", Port: 8080, Default: true };
const grpc = { Name: "grpc", Port: 9090 };

describe("the port of an instance", () => {
  it.each<[unknown, unknown, string | undefined, number | undefined]>([
    [80, undefined, undefined, 80],
    [80, null, "grpc", 80],
    [80, [], undefined, 80],
    [0, undefined, undefined, 0],
    [undefined, [http, grpc], undefined, 8080],
    [0, [grpc, http], undefined, 8080],
    [8080, [grpc, http], undefined, 8080],
    [0, [grpc, http], "grpc", 9090],
    [8080, [grpc, http], "grpc", 9090],
    [0, [grpc], undefined, 9090],
    // Which of them is for nobody to guess.
    [0, [grpc, { Name: "admin", Port: 1 }], undefined, 0],
    [0, [grpc, http], "admin", 0],
    ["80", undefined, undefined, undefined],
    [0, "http", undefined, 0],
    [0, [{ Name: "http", Port: "8080", Default: true }], undefined, undefined],
    [70_000, [http], undefined, 8080],
    [0, [null, 7, { Default: "yes", Port: 1 }, http], undefined, 8080],
  ])("of %j and %j, by the name %s: %s", (port, ports, name, expected) => {
    expect(choosePort(port, ports, name)).toBe(expected);
  });

  it("is read by the names that the API has for several, from health and catalogue", () => {
    const health = entry("web", "10.0.0.1", undefined, { more: { Ports: [http, grpc] } });
    const catalog = { ...(asCatalog(health) as object), ServicePorts: [http, grpc] };
    for (const one of [health, catalog]) {
      expect(readInstance(one)).toMatchObject({ port: 8080 });
      expect(readInstance(one, "grpc")).toMatchObject({ port: 9090 });
    }
  });
});
