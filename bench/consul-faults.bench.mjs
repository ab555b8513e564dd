// A minute of each thing that may be wrong with a Consul. Ours and the npm package consul.
//
//   npm run bench -- consul-faults [--write]      --write: into packages/consul/README.md
import { brief, faults, hot } from "./lib/consul-faults.mjs";
import { faultMinutes } from "./lib/fault-minutes.mjs";

await faultMinutes({
  server: "consul-server.mjs",
  client: "consul-client.mjs",
  contestants: ["namerkit", "consul npm"],
  theirs: "consul npm's",
  faults: Object.keys(faults),
  hot,
  brief,
  uncounted: ["connection refused"],
  backMs: 75_000,
  readme: new URL("../packages/consul/README.md", import.meta.url),
});
