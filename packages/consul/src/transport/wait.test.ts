import { expect, it } from "vitest";
import { durationMs } from "./wait.js";

it.each([
  ["60000ms", 60_000],
  ["5m", 300_000],
  ["1m30s", 90_000],
  ["1.5s", 1_500],
  ["5", undefined],
  ["", undefined],
  ["abc", undefined],
])("%s", (text, ms) => expect(durationMs(text)).toBe(ms));
