// npm run demo:consul: Namerkit beside a real Consul, as in examples/consul, but as plain processes. Plays the story once; on a
// terminal it stays up afterwards, until Ctrl-C. The last line is JSON. Exit codes: 0; 1 if any response was other than announced, or it was
// stopped before the end; 2 if there is no Consul to play it with.
import process from "node:process";
import { consul } from "./consul.mjs";
import { Stack } from "./demo-consul/stack.mjs";
import { playStory } from "./demo-consul/story.mjs";
import { setup } from "./setup.mjs";

const stop = new AbortController();
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"])
  process.on(signal, () => stop.abort(new Error(`stopped by ${signal}`)));
const tell = (line) => console.log(line);

process.exitCode = await main().catch((error) => {
  console.error(`demo:consul: ${error.message}`);
  return 1;
});

async function main() {
  await setup();
  const found = await consul();
  if (found.path === undefined) {
    console.error(`demo:consul: there is no Consul to play this with: ${found.reason}.
Put the program consul on PATH, from your system's packages or developer.hashicorp.com/consul/install; or use Docker: examples/consul.`);
    return 2;
  }
  // Built by now.
  const built = (name) => import(new URL(`../packages/namerkit/dist/demo/${name}.js`, import.meta.url));
  const { Judge } = await built("judge");
  const { SteadyClient } = await built("steady-client");

  const judge = new Judge();
  const stack = await Stack.start(found.path, stop.signal);
  let failed;
  let counts;
  let over = false;
  const traffic = new SteadyClient(stack.proxyPort, ["sample", "fallback"], (answer) => over || judge.record(answer));
  try {
    tell(`proxy      ${stack.url("proxy")}   (curl -H "Host: sample" ${stack.url("proxy")})`);
    tell(`admin      ${stack.url("admin")}`);
    tell(`Consul     ${stack.url("consul")}/ui`);
    tell(`registrar  ${stack.url("registrar")}\n`);
    await playStory({ stack, judge, traffic, tell, stop: stop.signal });
    if (process.stdout.isTTY) {
      tell("\nThat was the story. It goes on until you press Ctrl-C.");
      await new Promise((resolve) => stop.signal.addEventListener("abort", resolve, { once: true }));
    }
  } catch (error) {
    failed = error.message;
  } finally {
    // What is under way now is cut off, and nobody's fault.
    over = true;
    traffic.stop();
    counts = await stack.counts().catch((error) => {
      failed ??= error.message;
      return { treeUpdates: null, addrUpdates: null, upstreamRequests: null };
    });
    await stack.close();
  }
  for (const example of judge.examples) tell(`not announced: ${example}`);
  if (failed !== undefined) tell(`the story failed: ${failed}`);
  tell(JSON.stringify({ requests: judge.answers, failures: judge.failures, ...counts }));
  return failed === undefined && judge.failures === 0 ? 0 : 1;
}
