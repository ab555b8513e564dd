// npm run demo:consul: Namerkit beside a real Consul, as in examples/consul, but as plain processes. Plays the story once; on a
// terminal it stays up afterwards, until Ctrl-C. The last line is JSON. Exit codes: 0; 1 if any response was other than announced, or it was
// stopped before the end; 2 if there is no Consul to play it with.
import process from "node:process";
import { consul } from "./consul.mjs";
import { Stack } from "./demo-consul/stack.mjs";
import { playStory } from "./demo-consul/story.mjs";
import { play, stopSignal } from "./demos/play.mjs";
import { setup } from "./setup.mjs";

const stop = stopSignal();
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
  return play({
    start: () => Stack.start(found.path, stop),
    hosts: ["sample", "fallback"],
    parts: (stack) => [
      `proxy      ${stack.url("proxy")}   (curl -H "Host: sample" ${stack.url("proxy")})`,
      `admin      ${stack.url("admin")}`,
      `Consul     ${stack.url("consul")}/ui`,
      `registrar  ${stack.url("registrar")}`,
    ],
    story: playStory,
    stop,
  });
}
