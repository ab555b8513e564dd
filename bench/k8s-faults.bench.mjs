// A minute of each thing that may be wrong with an API server of Kubernetes. Ours and the informer of @kubernetes/client-node.
//
//   npm run bench -- k8s-faults [--write]      --write: into packages/k8s/README.md
import { clientNode, VERSION } from "./lib/client-node.mjs";
import { faultMinutes } from "./lib/fault-minutes.mjs";
import { brief, faults, hot } from "./lib/k8s-faults.mjs";

await clientNode();
console.log(`@kubernetes/client-node ${VERSION}`);
await faultMinutes({
  server: "k8s-fault-server.mjs",
  client: "k8s-fault-client.mjs",
  contestants: ["namerkit", "client-node"],
  theirs: "client-node's",
  faults: Object.keys(faults),
  hot,
  brief,
  uncounted: ["connection refused"],
  backMs: 120_000,
  readme: new URL("../packages/k8s/README.md", import.meta.url),
});
