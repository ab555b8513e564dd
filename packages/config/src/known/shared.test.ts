import process from "node:process";
import { describe, expect, it } from "vitest";
import { problemsOf, SMALL } from "../../test-support/load.js";
import { canReusePort } from "./shared.js";

describe("sharing a port", () => {
  it.each([
    ["20.20.0", false],
    ["22.11.0", false],
    ["22.12.0", true],
    ["23.0.0", false],
    ["23.1.0", true],
    ["24.0.0", true],
  ])("in Node.js %s: %s", (version, expected) => expect(canReusePort(version)).toBe(expected));

  it("is told of where this Node.js cannot, and only where something listens", async () => {
    const told = canReusePort(process.versions.node)
      ? []
      : ["5:22 routers.0.servers.0.socketOptions.reusePort KEY_NOT_BUILT?"];
    expect(await problemsOf(`${SMALL}    socketOptions: { reusePort: true }\n`)).toEqual(told);
    expect(await problemsOf(`${SMALL}    socketOptions: { reusePort: false }\n`)).toEqual([]);
    expect(await problemsOf(`${SMALL}  client: { socketOptions: { reusePort: true, backlog: 5 } }\n`)).toEqual([]);
  });
});
