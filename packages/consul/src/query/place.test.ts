import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Move, type Place, step } from "./place.js";

const at = (index: bigint, epoch = 1): Place => ({ index, epoch });

/** A run of answers: what each one's index is (and its epoch, 1 by default), what that means, and where the next query waits. */
const vectors: Record<string, readonly [string | undefined, Move, Place, epoch?: number][]> = {
  forwards: [
    ["10", "first", at(10n)],
    ["11", "moved", at(11n)],
    ["5000", "moved", at(5000n)],
  ],
  "the time is over": [
    ["10", "first", at(10n)],
    ["10", "same", at(10n)],
    ["10", "same", at(10n)],
  ],
  "backwards, as after a restart that lost the data: the next one must not wait": [
    ["50", "first", at(50n)],
    ["10", "back", undefined],
    ["10", "first", at(10n)],
    ["11", "moved", at(11n)],
  ],
  "back and forth, as of two servers behind one address": [
    ["100", "first", at(100n)],
    ["50", "back", undefined],
    ["100", "first", at(100n)],
    ["50", "back", undefined],
  ],
  "zero would not wait": [
    ["0", "none", undefined],
    ["0", "none", undefined],
    ["7", "first", at(7n)],
    ["0", "none", undefined],
    ["7", "first", at(7n)],
  ],
  missing: [
    [undefined, "none", undefined],
    ["7", "first", at(7n)],
    [undefined, "none", undefined],
  ],
  garbage: [
    ["", "none", undefined],
    ["abc", "none", undefined],
    ["-1", "none", undefined],
    ["+7", "none", undefined],
    ["1.5", "none", undefined],
    ["0x10", "none", undefined],
    ["1e3", "none", undefined],
    [" 7", "none", undefined],
    ["7, 8", "none", undefined],
    ["99999999999999999999", "none", undefined],
    ["9".repeat(400), "none", undefined],
  ],
  "numbers that a double cannot tell apart": [
    ["9007199254740992", "first", at(9007199254740992n)],
    ["9007199254740993", "moved", at(9007199254740993n)],
    ["18446744073709551615", "moved", at(18446744073709551615n)],
    ["9007199254740993", "back", undefined],
  ],
  "leading zeros": [
    ["010", "first", at(10n)],
    ["10", "same", at(10n)],
  ],
  "another agent: its index is not comparable": [
    ["100", "first", at(100n)],
    ["20", "first", at(20n, 2), 2],
    ["20", "same", at(20n, 2), 2],
    ["100", "first", at(100n, 3), 3],
  ],
};

describe("where a blocking query goes on", () => {
  it.each(Object.entries(vectors))("%s", (_, run) => {
    let place: Place;
    for (const [index, move, next, epoch = 1] of run) {
      const said = step(place, { index, epoch });
      expect(said).toEqual({ move, next });
      place = said.next;
    }
  });

  it("waits only on an index of at least 1 that this agent has given, and that is not less than the last", () => {
    const answers = fc.array(
      fc.record({
        index: fc.oneof(
          fc.nat(20).map(String),
          fc.constantFrom(undefined, "", "0", "x"),
          fc.bigInt({ min: 0n }).map(String),
        ),
        epoch: fc.integer({ min: 1, max: 3 }),
      }),
    );
    fc.assert(
      fc.property(answers, (all) => {
        let place: Place;
        for (const answer of all) {
          const { move, next } = step(place, answer);
          if (next !== undefined) {
            expect(next.index).toBe(BigInt(answer.index ?? ""));
            expect(next.index >= 1n).toBe(true);
            expect(next.epoch).toBe(answer.epoch);
            if (place?.epoch === answer.epoch) expect(next.index >= place.index).toBe(true);
          } else expect(["back", "none"]).toContain(move);
          place = next;
        }
      }),
    );
  });
});
