// The story of examples/consul/README.md, told and played.
import { telling } from "../demos/telling.mjs";

/** How long each settled state is watched. */
const LOOK_MS = 1_000;

const of = (service, ...numbers) => numbers.map((n) => `${service}-${n}`);
const service1 = of("sample-service1", 1, 2);
const [first2, ...more2] = of("sample-service2", 1, 2, 3);

export async function playStory({ stack, judge, traffic, tell, stop }) {
  const { pause, until, answeredBy, only: onlyThese } = telling({ judge, stop });
  const only = (sample, fallback) => onlyThese({ sample, fallback });
  const known = async (service, count) =>
    until(`the proxy knows ${count} of ${service}`, async () => (await stack.addressesOf(service)) === count);
  const alsoAllow = (names) => {
    for (const host of ["sample", "fallback"]) judge.alsoAllow(host, names);
  };

  await until("the first instances are registered", async () =>
    (await stack.instances()).every((one) => one.registered === one.known),
  );
  tell("Two services in Consul: one with two instances, one with one.");
  tell(`  "sample" balances over both; "fallback" prefers service 2 and falls back to service 1.`);
  await only([...service1, first2], [first2]);
  traffic.start(10);
  await answeredBy("sample", [...service1, first2]);
  await answeredBy("fallback", [first2]);
  await pause(LOOK_MS);
  const trees = (await stack.counts()).treeUpdates;

  tell("Two more instances of service 2 are registered ...");
  alsoAllow(more2);
  for (const one of more2) await stack.control("register", one);
  await answeredBy("fallback", [first2, ...more2]);
  tell("  all three answer.");
  tell("... and deregistered.");
  for (const one of more2) await stack.control("deregister", one);
  await known("sample-service2", 1);
  await only([...service1, first2], [first2]);
  await pause(LOOK_MS);

  tell("An instance of service 1 falls ill: it says so to Consul's health check ...");
  const [ill, well] = service1;
  await stack.control("sick", ill);
  await known("sample-service1", 1);
  await only([well, first2], [first2]);
  await answeredBy("sample", [well, first2]);
  await pause(LOOK_MS);
  tell("  it gets no requests any more.");
  tell("... and gets well.");
  alsoAllow([ill]);
  await stack.control("well", ill);
  await known("sample-service1", 2);
  await only([...service1, first2], [first2]);
  await answeredBy("sample", [...service1, first2]);

  tell("The other one is put into maintenance: it is well, but somebody wants to work on it ...");
  await stack.control("maintain", well);
  await known("sample-service1", 1);
  await only([ill, first2], [first2]);
  await answeredBy("sample", [ill, first2]);
  await pause(LOOK_MS);
  tell("  it gets no requests any more.");
  tell("... and the work is done.");
  alsoAllow([well]);
  await stack.control("resume", well);
  await known("sample-service1", 2);
  await only([...service1, first2], [first2]);
  await answeredBy("sample", [...service1, first2]);
  const moved = (await stack.counts()).treeUpdates - trees;
  if (moved !== 0) throw new Error(`instances have moved the outer tree ${moved} times; it should stand still`);
  tell("  the outer tree stood still all the while: no client was rebuilt.");

  tell("The last instance of service 2 is deregistered ...");
  alsoAllow(service1);
  await stack.control("deregister", first2);
  await answeredBy("fallback", service1);
  await only(service1, service1);
  await pause(LOOK_MS);
  tell("  emptyGraceMs later its fallback took over.");
  tell("... and registered again.");
  alsoAllow([first2]);
  await stack.control("register", first2);
  await answeredBy("fallback", [first2]);
  await only([...service1, first2], [first2]);
  await pause(LOOK_MS);

  tell("The Consul agent is killed ...");
  const before = (await stack.counts()).treeUpdates;
  await stack.killConsul();
  await until("all names are stale", async () => every(await stack.freshness(), "stale"));
  await only([...service1, first2], [first2]);
  await answeredBy("sample", [...service1, first2]);
  await pause(LOOK_MS);
  tell("  names are stale, and keep serving.");
  tell("... and started anew. It has forgotten everything, and nobody is registered ...");
  await stack.startConsul();
  await until("all are registered again", async () =>
    (await stack.instances()).every((one) => one.registered === one.known),
  );
  await until("all names are live", async () => every(await stack.freshness(), "live"));
  await known("sample-service1", 2);
  await known("sample-service2", 1);
  await only([...service1, first2], [first2]);
  await answeredBy("sample", [...service1, first2]);
  await pause(LOOK_MS);
  const after = (await stack.counts()).treeUpdates - before;
  if (after !== 0) throw new Error(`a restart of the agent has moved the outer tree ${after} times`);
  tell("... until the registrar has told it again. Live again; nobody has noticed.");
}

function every(states, wanted) {
  return states.length > 0 && states.every((state) => state === wanted);
}
