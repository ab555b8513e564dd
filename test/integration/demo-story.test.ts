import { until } from "@namerkit/testing";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { Stack } from "../stack/stack.js";
import { startStack } from "../stack/start.js";

/** The story of the demo, chapter by chapter, with a client that goes on asking all the while. */

/** Only ever spent by a test that fails. */
const timeoutMs = 20_000;
const service1 = ["sample-service1-1", "sample-service1-2"];
const first2 = "sample-service2-1";
const five2 = [1, 2, 3, 4, 5].map((n) => `sample-service2-${n}`);

let stack: Stack;
let failuresBefore: number;

beforeAll(async () => {
  stack = await startStack();
}, 1_200_000);
afterAll(() => stack?.[Symbol.asyncDispose](), 200_000);

/** Each chapter begins as the stack began, whatever became of the one before. */
beforeEach(async () => {
  await stack.bringMetadataBack();
  await stack.start("sample-service2");
  await stack.scale("sample-service2", 1);
  await stack.get("sample");
  await knows("sample-service2", 1);
  await namerIs("live");
  failuresBefore = (await stack.client()).failures;
}, 60_000);

function knows(service: string, count: number) {
  const what = `the proxy to know ${count} of ${service}`;
  return until(async () => (await stack.addresses(service)) === count, { timeoutMs, what });
}

function namerIs(state: string) {
  return until(async () => (await stack.namerState()) === state, { timeoutMs, what: `the namer to be ${state}` });
}

/** Asks until each of these has answered, and nobody else has. */
async function answeredBy(name: string, expected: readonly string[]): Promise<void> {
  const seen = new Set<string>();
  await until(async () => seen.add(await stack.answerer(name)).size >= expected.length, {
    timeoutMs,
    what: `${name} to be answered by ${expected.join(", ")}`,
  });
  expect([...seen].sort()).toEqual(expected);
}

/** The next answers that the steady client gets, for both of its names. */
async function trafficGoesOn(): Promise<void> {
  const { answers } = await stack.client();
  const what = "the client to get 50 more answers";
  await until(async () => (await stack.client()).answers >= answers + 50, { timeoutMs, what });
}

async function expectNoFailures(): Promise<void> {
  await trafficGoesOn();
  const { failures, lastFailure } = await stack.client();
  expect(failures - failuresBefore, String(lastFailure)).toBe(0);
}

describe("the demo's stack", () => {
  it("balances over an alias of two services, and prefers one of them under another", { timeout: 60_000 }, async () => {
    await answeredBy("sample", [...service1, first2]);
    for (let i = 0; i < 20; i++) expect(await stack.answerer("fallback")).toBe(first2);
    await expectNoFailures();
  });

  it("scales from one to five and back without a change of the tree or a failure", { timeout: 90_000 }, async () => {
    await answeredBy("fallback", [first2]);
    const trees = await stack.treeUpdates();
    await stack.scale("sample-service2", 5);
    await answeredBy("fallback", five2);
    await answeredBy("sample", [...service1, ...five2]);
    await stack.scale("sample-service2", 1);
    await knows("sample-service2", 1);
    for (let i = 0; i < 20; i++) expect(await stack.answerer("fallback")).toBe(first2);
    expect(await stack.treeUpdates()).toEqual(trees);
    await expectNoFailures();
  });

  it("falls over when a service stops, and comes back with it, without a failure", { timeout: 90_000 }, async () => {
    const before = await stack.treeUpdates();
    await stack.stop("sample-service2");
    const moved = async (): Promise<boolean> =>
      Object.entries(await stack.treeUpdates()).every(([name, count]) => count > (before[name] ?? 0));
    await until(moved, { timeoutMs, what: "both trees to lose service 2" });
    await answeredBy("fallback", service1);
    await answeredBy("sample", service1);
    await stack.start("sample-service2");
    await until(async () => (await stack.answerer("fallback")) === first2, { timeoutMs, what: "the first choice" });
    await answeredBy("sample", [...service1, first2]);
    await expectNoFailures();
  });

  it("serves stale names while the catalogue is away, and is live again with it", { timeout: 90_000 }, async () => {
    await answeredBy("sample", [...service1, first2]);
    const trees = await stack.treeUpdates();
    await stack.takeMetadataDown();
    await namerIs("stale");
    // Told to nobody until the catalogue is back.
    await stack.scale("sample-service2", 2);
    await answeredBy("sample", [...service1, first2]);
    await trafficGoesOn();
    expect(await stack.namerState()).toBe("stale");
    expect(await stack.addresses("sample-service2")).toBe(1);
    await stack.bringMetadataBack();
    await namerIs("live");
    await knows("sample-service2", 2);
    expect(await stack.treeUpdates()).toEqual(trees);
    await expectNoFailures();
  });
});
