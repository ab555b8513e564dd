// One contestant in the faults of an API server. argv[2]: its name in lib/k8s-fault-watchers.mjs.
import process from "node:process";
import { contestants } from "../lib/k8s-fault-watchers.mjs";
import { serveWatching } from "../lib/watching-client.mjs";

serveWatching(contestants[process.argv[2]]);
