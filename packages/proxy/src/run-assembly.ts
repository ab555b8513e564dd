import type { Assembly, ProxyEnv, RunningProxy } from "./assembly.js";
import { Running } from "./reload/running.js";

/** Starts what an assembly describes. Rejects with PROXY_LISTEN if a port is taken, and then nothing is left running. */
export async function runAssembly(assembly: Assembly, env: ProxyEnv): Promise<RunningProxy> {
  return Running.start(env, (editions) => editions.assembled(assembly));
}
