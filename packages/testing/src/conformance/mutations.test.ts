import { describe, expect, it } from "vitest";
import { brokenInMemory } from "../../test-support/broken-in-memory.js";
import { brokenOverHttp } from "../../test-support/broken-over-http.js";
import type { Mutant } from "../../test-support/mutant.js";
import { runAll } from "../scenarios.js";

/** Of the many faults some of each sort, for the sake of time. */
const sample = /^(?!eviction\.invented|start\.|after\.)|\.(refused|hang|html-page|500|flapping)$/;

/** Through the runner, and not as tests: here it is the failures that are wanted. */
async function check({ subject, fails, also, says }: Mutant): Promise<void> {
  const results = await runAll(subject, { only: ({ id }) => sample.test(id) || fails.includes(id) });
  const failed = results.filter(({ outcome }) => outcome === "failed");
  const ids = failed.map(({ scenario }) => scenario.id);
  expect(ids).toEqual(expect.arrayContaining([...fails]));
  const unexpected = failed.filter(({ scenario: { id } }) => !fails.includes(id) && also?.test(id) !== true);
  expect(unexpected.map(({ error }) => error?.message)).toEqual([]);
  const { error, scenario } = failed.find(({ scenario: { id } }) => id === fails[0]) ?? {};
  expect(error?.message).toMatch(says);
  for (const text of [scenario?.users, scenario?.mend, "what happened:"]) expect(error?.message).toContain(text);
}

describe.concurrent("the suite finds a namer in memory that", () => {
  for (const mutant of brokenInMemory) it(mutant.name, { timeout: 60_000 }, () => check(mutant));
});

describe("the suite finds a namer over HTTP that", () => {
  for (const mutant of brokenOverHttp) it(mutant.name, { timeout: 60_000 }, () => check(mutant));
});
