import { describe, expect, it } from "vitest";
import { formatFor } from "./negotiate.js";

describe("formatFor", () => {
  it.each([
    [null, "text"],
    ["", "text"],
    ["*/*", "text"],
    ["text/*", "text"],
    ["application/xml", "text"],
    ["text/html, application/xml;q=0.9", "text"],
    ["application/json", "json"],
    ["application/*", "json"],
    ["application/yaml", "yaml"],
    ["application/x-yaml", "yaml"],
    ["text/yaml", "yaml"],
    ["text/x-yaml", "yaml"],
  ])("%s is %s", (accept, format) => {
    expect(formatFor(accept)).toBe(format);
  });

  it.each([
    ["application/json, */*", "json"],
    ["*/*, application/json", "json"],
    ["text/*, application/*", "text"],
  ])("the more specific wish wins: %s is %s", (accept, format) => {
    expect(formatFor(accept)).toBe(format);
  });

  it.each([
    ["application/json, text/plain", "text"],
    ["application/json, text/plain, */*", "text"],
    ["text/yaml, application/json", "json"],
  ])("between equal wishes the server chooses: %s is %s", (accept, format) => {
    expect(formatFor(accept)).toBe(format);
  });

  it.each([
    ["text/plain;q=0.5, application/json", "json"],
    ["text/plain;q=0.5, application/json ; q=0.4", "text"],
    ["application/json;q=0, text/plain;q=0.1", "text"],
    ["application/json;q=0", "text"],
    ["text/plain;q=0.1, */*;q=0.9", "text"],
  ])("quality counts before that: %s is %s", (accept, format) => {
    expect(formatFor(accept)).toBe(format);
  });

  it.each([
    ["application/json; charset=utf-8", "text"],
    ["application/json, text/plain; charset=utf-8", "json"],
    ["application/json;q=high", "text"],
    ["APPLICATION/JSON", "text"],
  ])("reads as little as the real server does: %s is %s", (accept, format) => {
    expect(formatFor(accept)).toBe(format);
  });
});
