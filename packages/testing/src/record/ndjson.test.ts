import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { firstLine, lineOf, parseRecording, readRecording } from "./ndjson.js";
import type { RecordedExchange } from "./recording.js";

const exchange: RecordedExchange = {
  number: 1,
  atMs: 12,
  request: { method: "GET", path: "/services", headers: [["Accept", "*/*"]] },
  answer: {
    atMs: 3,
    status: 200,
    headers: [
      ["X", "1"],
      ["X", "2"],
    ],
  },
  chunks: [
    { atMs: 3, bytes: Buffer.from("grüße") },
    { atMs: 4, bytes: Buffer.from([0xc3]) },
    { atMs: 9, bytes: Buffer.from([0xbc, 0x0a]) },
  ],
  ended: "clean",
  why: undefined,
  endedAtMs: 10,
};
const refused: RecordedExchange = { ...exchange, number: 2, answer: undefined, chunks: [], ended: "reset" };

it("what is written can be read, in the order of the requests", () => {
  const text = [firstLine(), lineOf(refused), "", lineOf(exchange), ""].join("\r\n");
  expect(parseRecording(text).exchanges).toEqual([exchange, refused]);
});

it("text is written as text, so that a recording can be read and edited", () => {
  expect(lineOf(exchange)).toContain('{"atMs":3,"text":"grüße"},{"atMs":4,"base64":"ww=="}');
});

it.each([
  ["", /is empty/],
  ["{}", /line 1 .*begins a recording/],
  ['{"recording":2}', /line 1/],
  [`${firstLine()}\n\n{"number":`, /line 3 .*JSON/],
  [`${firstLine()}\n7`, /line 2 .*expected an object/],
  [`${firstLine()}\n${lineOf({ ...exchange, ended: "well" as never })}`, /line 2 .*ended/],
  [`${firstLine()}\n${lineOf({ ...exchange, request: { ...exchange.request, path: "x" } })}`, /line 2 .*path/],
  [`${firstLine()}\n${lineOf({ ...exchange, answer: { atMs: 1, status: 99, headers: [] } })}`, /line 2 .*status/],
  [`${firstLine()}\n${lineOf(exchange).replace('"text"', '"words"')}`, /line 2 .*chunks/],
  [`${firstLine()}\n${lineOf(exchange).replace('["X","2"]', '["X"]')}`, /line 2 .*headers/],
  [`${firstLine()}\n${lineOf(exchange).replace('"number":1', '"number":"1"')}`, /line 2 .*number/],
])("%j is told with its line", (text, message) => {
  expect(() => parseRecording(text)).toThrow(
    expect.objectContaining({ code: "TESTING_RECORDING", message: expect.stringMatching(message) }),
  );
});

it("a file is read; one that is not there is told", async () => {
  const folder = await mkdtemp(join(tmpdir(), "namerkit-"));
  try {
    const file = join(folder, "a.ndjson");
    await writeFile(file, `${firstLine()}\n${lineOf(exchange)}\n`);
    expect((await readRecording(file)).exchanges).toHaveLength(1);
    await expect(readRecording(join(folder, "b.ndjson"))).rejects.toMatchObject({ code: "TESTING_RECORDING" });
  } finally {
    await rm(folder, { recursive: true });
  }
});
