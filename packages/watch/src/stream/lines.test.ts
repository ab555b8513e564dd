import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Lines } from "./lines.js";

const decode = (line: Uint8Array): string => new TextDecoder().decode(line);

describe("lines", () => {
  it("are the same wherever the stream is cut, in the middle of characters too", () => {
    const texts = fc.array(
      fc.string({ unit: "binary", maxLength: 40 }).map((text) => text.replaceAll("\n", "é😀")),
      {
        maxLength: 20,
      },
    );
    fc.assert(
      fc.property(texts, fc.array(fc.nat(400), { maxLength: 30 }), (all, cuts) => {
        const whole = new TextEncoder().encode(all.map((text) => `${text}\n`).join(""));
        const lines = new Lines(10_000);
        const found: string[] = [];
        let from = 0;
        for (const to of [...cuts, whole.length].sort((a, b) => a - b)) {
          const end = Math.min(to, whole.length);
          for (const line of lines.push(whole.subarray(from, end))) found.push(decode(line));
          from = end;
        }
        // What cannot be written in UTF-8 is not what this is about.
        const written = all.map((text) => decode(new TextEncoder().encode(text)));
        expect(found).toEqual(written.filter((text) => text !== ""));
        expect(lines.rest).toBe(0);
      }),
    );
  });

  it("keep what has not ended", () => {
    const lines = new Lines(100);
    expect([...lines.push(Buffer.from("one\ntw"))].map(decode)).toEqual(["one"]);
    expect(lines.rest).toBe(2);
    expect([...lines.push(Buffer.from("o\n"))].map(decode)).toEqual(["two"]);
  });

  it("are bounded, and hold nothing of one that is too long", () => {
    const lines = new Lines(10);
    expect([...lines.push(Buffer.from("0123456789\n"))]).toHaveLength(1);
    expect(() => [...lines.push(Buffer.from("01234567890"))]).toThrow(/longer than 10 bytes/);
    expect(lines.rest).toBe(0);
    expect(() => [...lines.push(Buffer.from("01234567890\n"))]).toThrow(/longer than 10 bytes/);
  });
});
