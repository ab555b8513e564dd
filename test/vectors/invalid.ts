import { isNamerError } from "@namerkit/core";
import { expect } from "vitest";
import { text, type VectorCase } from "./adapter.js";

/** The text of a case is refused with our code, the reference's words, and a position inside the text. */
export function expectInvalid(parse: () => unknown, code: string, one: VectorCase): void {
  const error = thrownBy(parse);
  if (!isNamerError(error)) throw new Error("a NamerError was expected", { cause: error });
  expect(error.code).toBe(code);
  expect(error.message).toBe(text(one, "error"));
  expect(error.at?.offset).toBeGreaterThanOrEqual(0);
  expect(error.at?.offset).toBeLessThanOrEqual(text(one, "input").length);
}

export function thrownBy(body: () => unknown): unknown {
  try {
    body();
  } catch (thrown) {
    return thrown;
  }
  throw new Error("nothing was thrown");
}
