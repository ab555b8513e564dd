import { describe, expect, it } from "vitest";
import { versionIn } from "./version.js";

describe("versionIn", () => {
  it.each([
    ["0", "0"],
    ["d6881220-e806-4d05-8b0a-80fed2efb09d", "d6881220-e806-4d05-8b0a-80fed2efb09d"],
    ["  12\n", "12"],
    ['"d6881220"', "d6881220"],
    ['"0"\n', "0"],
  ])("%j is version %s", (text, version) => expect(versionIn(text, "GET /version")).toBe(version));

  it.each(["", " ", '""', '"', "Not found", "<html>", "{}", "[]", "a?b", "a&b", "a\nb", "x".repeat(201)])(
    "%j is none",
    (text) => {
      expect(() => versionIn(text, "GET /version")).toThrow(
        expect.objectContaining({
          code: "NAMER_ANSWER",
          message: expect.stringMatching(/^GET \/version: not a version: ./),
        }),
      );
    },
  );
});
