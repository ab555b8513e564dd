// How long it takes from a reload of Rancher's metadata to an observer of a name, over real sockets: the poll's answer, the lists, and
// the version again, each in turn. The mock answers in the same process, so that its work is in the figures.
import { Path, systemClock } from "@namerkit/core";
import { listen, Metadata } from "@namerkit/mock-metadata";
import { rancherNamer } from "@namerkit/rancher";
import { table } from "./lib/interleave.mjs";

const ROUNDS = 200;
const rows = [];
for (const containers of [10, 1_000]) {
  const metadata = new Metadata(
    `stacks: { shop: { services: { web: { scale: 1 }, other: { scale: ${containers} } } } }`,
    { clock: systemClock, random: Math.random },
  );
  const server = await listen(metadata);
  // Not what is measured: changes follow each other as fast as they can.
  const clock = { ...systemClock, now: () => systemClock.now() * 1_000 };
  const namer = rancherNamer({ host: "127.0.0.1", port: server.port }, { clock });
  let seen = () => {};
  const handles = [];
  handles.push(
    namer.lookup(Path.parse("/80/shop/web")).run.observe((state) => {
      if (state.status === "ok" && state.value.type === "leaf") {
        handles.push(state.value.value.addr.observe((addr) => seen(addr.addresses?.length)));
      }
    }),
  );
  const polling = async () => {
    while (metadata.waiting !== 1) await new Promise((resolve) => setTimeout(resolve, 1));
  };
  await polling();
  const samples = [];
  for (let i = 0; i < ROUNDS; i++) {
    const scale = 2 + (i % 2);
    const told = new Promise((resolve) => {
      seen = (count) => count === scale && resolve(performance.now());
    });
    const started = performance.now();
    metadata.scale("shop/web", scale);
    samples.push((await told) - started);
    await polling();
  }
  for (const handle of handles) handle.close();
  await server.close();
  samples.sort((a, b) => a - b);
  const at = (share) => samples[Math.floor(share * (samples.length - 1))].toFixed(1);
  rows.push([String(containers + 2), at(0.5), at(0.99), at(1)]);
}
console.log(`Node ${process.version}, ${ROUNDS} changes each\n`);
table(["containers", "p50 ms", "p99 ms", "longest ms"], rows);
process.exit(0);
