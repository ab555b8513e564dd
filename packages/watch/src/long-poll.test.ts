import { describe, expect, it } from "vitest";
import { type LongPoll, longPoll } from "./long-poll.js";

type Ask = readonly [known: number | undefined, deadlineMs: number];

/** Answers in order; the test sees what was asked, and what was said beside the values. */
function poll(answers: readonly number[], options: Partial<LongPoll<number>> = {}) {
  const asked: Ask[] = [];
  const said: string[] = [];
  const context = { alive: () => void said.push("alive"), pace: async () => void said.push("pace") };
  const generator = longPoll<number>(context, {
    ask: async (...ask) => {
      asked.push(ask);
      const next = answers[asked.length - 1];
      if (next === undefined) throw new Error("over");
      return next;
    },
    same: (a, b) => a === b,
    waitMs: 30_000,
    marginMs: 5_000,
    firstDeadlineMs: 1_000,
    ...options,
  });
  return { asked, said, generator };
}

async function all(generator: AsyncIterable<number>): Promise<(number | string)[]> {
  const seen: (number | string)[] = [];
  try {
    for await (const value of generator) seen.push(value);
  } catch (error) {
    seen.push((error as Error).message);
  }
  return seen;
}

describe("longPoll", () => {
  it("yields what has moved; the rest is contact, and paced", async () => {
    const { generator, asked, said } = poll([1, 1, 1, 2, 1]);
    expect(await all(generator)).toEqual([1, 2, 1, "over"]);
    expect(said).toEqual(["alive", "pace", "alive", "pace"]);
    expect(asked.map(([known]) => known)).toEqual([undefined, 1, 1, 1, 2, 1]);
  });

  it("gives the server its time and a margin, but the first answer only a short one", async () => {
    const { generator, asked } = poll([1, 2]);
    await all(generator);
    expect(asked.map(([, deadline]) => deadline)).toEqual([1_000, 35_000, 35_000]);
  });

  it("starts afresh when the server has gone back", async () => {
    const { generator, asked } = poll([50, 10, 10, 11], { wentBack: (known, next) => next < known });
    expect(await all(generator)).toEqual([50, 10, 10, 11, "over"]);
    expect(asked).toEqual([
      [undefined, 1_000],
      [50, 35_000],
      [undefined, 1_000],
      [10, 35_000],
      [11, 35_000],
    ]);
  });

  it("takes undefined and 0 for values like any other", async () => {
    const { generator } = poll([0, 0, 5]);
    expect(await all(generator)).toEqual([0, 5, "over"]);
  });

  it("stops where it waits when it is closed", async () => {
    const { generator, asked } = poll([1, 2, 3]);
    expect((await generator.next()).value).toBe(1);
    await generator.return(undefined as never);
    expect((await generator.next()).done).toBe(true);
    expect(asked).toHaveLength(1);
  });
});
