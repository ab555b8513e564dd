import process from "node:process";
import { startCompose } from "./compose.js";
import { startProcesses } from "./processes.js";
import type { Stack } from "./stack.js";

/**
 * Starts the demo's stack and waits until all of it is healthy: as processes on loopback addresses of their own, or in containers if
 * NAMERKIT_STACK is "compose". If it cannot be started, nothing is left of it.
 */
export function startStack(kind = process.env["NAMERKIT_STACK"] ?? "processes"): Promise<Stack> {
  switch (kind) {
    case "processes":
      return startProcesses();
    case "compose":
      return startCompose();
    default:
      throw new Error(`NAMERKIT_STACK is "processes" or "compose", not "${kind}"`);
  }
}
