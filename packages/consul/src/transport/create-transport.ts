import { AgentTransport } from "./agent-transport.js";
import type { TransportConfig } from "./config.js";
import { withEnvironment } from "./environment.js";
import type { ConsulTransport, TransportEnv } from "./transport.js";

/**
 * The connections to Consul that a configuration describes; nothing is connected before something is asked. With `useEnvironment`, what
 * was taken from there is logged, without what is secret.
 *
 * @throws NamerError NAMER_CONFIG, WATCH_TLS_OPTIONS
 */
export function createTransport(config: TransportConfig, env: TransportEnv): ConsulTransport {
  if (config.useEnvironment !== true) return new AgentTransport(config, env);
  const { config: whole, taken, problems } = withEnvironment(config, env.environment ?? process.env);
  for (const problem of problems) env.log.warn({}, `not taken from the environment: ${problem}`);
  env.log.info({ taken }, taken.length === 0 ? "nothing is taken from the environment" : "taken from the environment");
  return new AgentTransport(whole, env);
}
