import { randomInt } from "node:crypto";
import process from "node:process";
import { until } from "@namerkit/testing";
import { ask } from "../support/http.js";
import { exampleFile } from "../support/paths.js";
import type { Finished } from "../support/process.js";
import { findCompose, type RunCompose } from "./compose-command.js";
import { freePorts } from "./loopback.js";
import { Stack } from "./stack.js";

/** How long the image may take to be built, from nothing. */
const BUILD_MS = 900_000;
/** How long everything may take to be up, or down. */
const UP_MS = 180_000;

/**
 * examples/rancher/docker-compose.yml, as a project of its own on ports of its own. Builds the image, unless NAMERKIT_IMAGE names one.
 * Only one can be up at a time, since the network's addresses are in the catalogue.
 */
export async function startCompose(): Promise<Stack> {
  const run = await findCompose(exampleFile("."));
  const [proxy = 0, admin = 0, control = 0, client = 0] = await freePorts(4, "127.0.0.1");
  const env = {
    COMPOSE_PROJECT_NAME: `namerkit-test-${process.pid}-${randomInt(1e6)}`,
    PROXY_PORT: String(proxy),
    ADMIN_PORT: String(admin),
    CONTROL_PORT: String(control),
    CLIENT_PORT: String(client),
  };
  const down = async (): Promise<void> => {
    await succeed(run, ["down", "--volumes", "--remove-orphans"], { env, patienceMs: UP_MS });
  };
  const url = (port: number): URL => new URL(`http://127.0.0.1:${port}/`);
  try {
    if (process.env["NAMERKIT_IMAGE"] === undefined) {
      await succeed(run, ["build", "rancher-metadata"], { env, patienceMs: BUILD_MS });
    }
    await succeed(run, ["up", "--detach"], { env, patienceMs: UP_MS });
    // Everything else is healthy when the client starts.
    await until(async () => (await ask(url(client))).status === 200, {
      timeoutMs: 30_000,
      everyMs: 100,
      what: "the client's first good answers",
    });
    return new Stack({ proxy: url(proxy), admin: url(admin), control: url(control), client: url(client) }, down);
  } catch (error) {
    const problem = new Error(`the stack did not come up; its last words:\n${await lastWords(run, env)}`, {
      cause: error,
    });
    try {
      await down();
    } catch (remains) {
      throw new AggregateError([problem, remains], `${problem.message}\nand what was up of it did not go down`);
    }
    throw problem;
  }
}

async function lastWords(run: RunCompose, env: Readonly<Record<string, string>>): Promise<string> {
  try {
    return (await run(["logs", "--no-color", "--tail=20"], { env })).stdout;
  } catch (error) {
    return `none (${String(error)})`;
  }
}

async function succeed(
  run: RunCompose,
  args: readonly string[],
  options: Parameters<RunCompose>[1],
): Promise<Finished> {
  const finished = await run(args, options);
  const { code, signal, stdout, stderr } = finished;
  if (code !== 0) throw new Error(`compose ${args.join(" ")} ended with ${signal ?? code}:\n${stdout}${stderr}`);
  return finished;
}
