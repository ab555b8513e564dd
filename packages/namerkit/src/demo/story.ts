import type { Judge } from "./judge.js";
import type { DemoStack } from "./stack.js";

/** No step takes longer than this, or the story has failed. */
const STEP_MS = 20_000;
/** How long each settled state is watched: long enough for many requests. */
const LOOK_MS = 1_000;

const service1 = ["sample-stack-sample-service1-1", "sample-stack-sample-service1-2"];
const first2 = ["sample-stack-sample-service2-1"];
const five2 = [1, 2, 3, 4, 5].map((n) => `sample-stack-sample-service2-${n}`);

/** Plays the whole story once. Throws when a step does not come true in time. */
export async function playStory(
  stack: DemoStack,
  judge: Judge,
  tell: (line: string) => void,
  stop: AbortSignal,
): Promise<void> {
  const until = (what: string, holds: () => boolean | Promise<boolean>) => waitUntil(what, holds, stop);
  const look = () => pause(LOOK_MS, stop);
  const answeredBy = (host: string, containers: readonly string[]) =>
    until(`${host} is answered by ${containers.join(", ")}`, () =>
      containers.every((one) => judge.seen(host).has(one)),
    );
  /** Waits for the proxy to know exactly so many addresses of a service, and for requests on their way to come home. */
  const addresses = async (service: string, count: number) => {
    await until(`the proxy knows ${count} of ${service}`, async () => (await stack.addressesOf(service)) === count);
    await pause(200, stop);
  };

  tell("Two services of sample-stack: one with two containers, one with one.");
  tell(`  "sample" balances over both; "fallback" prefers service 2 and falls back to service 1.`);
  judge.announce("sample", [...service1, ...first2]);
  judge.announce("fallback", first2);
  stack.traffic.start(10);
  await answeredBy("sample", [...service1, ...first2]);
  await answeredBy("fallback", first2);
  await look();
  const trees = (await stack.counts()).treeUpdates;

  tell("Service 2 scales from one container to five ...");
  for (const host of ["sample", "fallback"]) judge.alsoAllow(host, five2);
  await stack.scale("sample-service2", 5);
  await answeredBy("fallback", five2);
  await addresses("sample-service2", 5);
  tell("  all five answer.");
  tell("... and back to one.");
  await stack.scale("sample-service2", 1);
  await addresses("sample-service2", 1);
  judge.announce("sample", [...service1, ...first2]);
  judge.announce("fallback", first2);
  await look();
  const moved = (await stack.counts()).treeUpdates - trees;
  if (moved !== 0) throw new Error(`scaling moved the outer tree ${moved} times; it should stand still`);
  tell("  the outer tree stood still all the while: no client was rebuilt.");

  tell("Service 2 is stopped ...");
  judge.alsoAllow("fallback", service1);
  await stack.stop("sample-service2");
  await answeredBy("fallback", service1);
  await pause(200, stop);
  judge.announce("sample", service1);
  judge.announce("fallback", service1);
  await look();
  tell("  its fallback took over.");
  tell("... and started again.");
  judge.alsoAllow("sample", first2);
  judge.alsoAllow("fallback", first2);
  await stack.start("sample-service2");
  await answeredBy("fallback", first2);
  await pause(200, stop);
  judge.announce("fallback", first2);
  await look();

  tell("The metadata API goes down ...");
  await stack.takeMetadataDown();
  await until("the namer says that its names are stale", async () => (await stack.namerState()) === "stale");
  judge.announce("sample", [...service1, ...first2]);
  judge.announce("fallback", first2);
  await answeredBy("sample", [...service1, ...first2]);
  await look();
  tell("  names are stale, and keep serving.");
  tell("... and comes back.");
  await stack.bringMetadataBack();
  await until("the namer is live again", async () => (await stack.namerState()) === "live");
  await look();
  tell("  live again.");
}

async function waitUntil(what: string, holds: () => boolean | Promise<boolean>, stop: AbortSignal): Promise<void> {
  const end = performance.now() + STEP_MS;
  while (!(await holds())) {
    if (performance.now() > end) throw new Error(`waited ${STEP_MS / 1000} s in vain until ${what}`);
    await pause(50, stop);
  }
}

function pause(ms: number, stop: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (stop.aborted) return reject(stop.reason);
    const abort = () => {
      clearTimeout(timer);
      reject(stop.reason);
    };
    const timer = setTimeout(() => {
      stop.removeEventListener("abort", abort);
      resolve();
    }, ms);
    stop.addEventListener("abort", abort, { once: true });
  });
}
