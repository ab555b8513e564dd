// npm run demo:migration: a service moves from Rancher to Kubernetes, as in examples/migration, but as plain processes. Plays the story
// once; on a terminal it stays up afterwards, until Ctrl-C. The last line is JSON. Exit codes: 0; 1 if any response was other than
// announced, or it was stopped before the end.
import process from "node:process";
import { Stack } from "./demo-migration/stack.mjs";
import { playStory } from "./demo-migration/story.mjs";
import { play, stopSignal } from "./demos/play.mjs";
import { setup } from "./setup.mjs";

const stop = stopSignal();
process.exitCode = await main().catch((error) => {
  console.error(`demo:migration: ${error.message}`);
  return 1;
});

async function main() {
  await setup();
  return play({
    start: () => Stack.start(stop),
    hosts: ["web"],
    parts: (stack) => [
      `proxy       ${stack.url("proxy")}   (curl -H "Host: web" ${stack.url("proxy")})`,
      `admin       ${stack.url("admin")}`,
      `Rancher     ${stack.url("rancher-metadata-control")}   (POST /scale?service=shop/web&to=N)`,
      `Kubernetes  ${stack.url("kubernetes-control")}   (the same, and PUT /configmaps/shop/names/dtab)`,
    ],
    story: playStory,
    stop,
  });
}
