// One contestant of the Consul benchmarks. argv[2]: its name in lib/consul-watchers.mjs.
import process from "node:process";
import { contestants } from "../lib/consul-watchers.mjs";
import { serveWatching } from "../lib/watching-client.mjs";

serveWatching(contestants[process.argv[2]]);
