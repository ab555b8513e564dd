import { readFile } from "node:fs/promises";
import process from "node:process";
import { until } from "@namerkit/testing";
import { parseDocument } from "yaml";
import { TestFolder } from "../support/folder.js";
import { ask } from "../support/http.js";
import { exampleFile, mockMetadataBin, namerkitBin } from "../support/paths.js";
import { TestProcess } from "../support/process.js";
import { freePorts, loopbackNetwork } from "./loopback.js";
import { addressOf, composeLayout, containers, type Layout, named, type Part, parts } from "./parts.js";
import { Stack } from "./stack.js";

/** How long a part may take to become healthy. */
const PATIENCE_MS = 30_000;

const scripts: Readonly<Record<string, string>> = { namerkit: namerkitBin, "mock-metadata": mockMetadataBin };

/** The parts as processes of this machine, each on an address of its own in a loopback network of their own. */
export async function startProcesses(): Promise<Stack> {
  const folder = await TestFolder.make();
  const running = new Map<Part, TestProcess>();
  const kill = async (): Promise<void> => {
    await Promise.all([...running.values()].map((one) => one[Symbol.asyncDispose]()));
    await folder[Symbol.asyncDispose]();
  };
  const close = async (): Promise<void> => {
    try {
      await end(running);
    } finally {
      await kill();
    }
  };
  try {
    const layout = await layOut(folder);
    await startAll(layout, running);
    const url = (part: Part, port: number): URL => new URL(`http://${addressOf(part, layout)}:${port}/`);
    const at = {
      proxy: url(named.proxy, layout.ports.proxy),
      admin: url(named.proxy, layout.ports.admin),
      control: url(named.metadata, layout.ports.control),
      client: url(named.client, layout.ports.client),
    };
    return new Stack(at, close);
  } catch (error) {
    await kill();
    throw error;
  }
}

/** Ports that need no privileges, and the example's files with the addresses and ports of this stack. */
async function layOut(folder: TestFolder): Promise<Layout> {
  const network = loopbackNetwork();
  // Free on every address, since somebody may listen on all of them.
  const [metadata = 0, control = 0, container = 0, proxy = 0, admin = 0, client = 0] = await freePorts(6, "0.0.0.0");
  const ports = { metadata, control, container, proxy, admin, client };
  const address = (part: Part): string => `${network}.${part.host}`;
  const catalogue = await readFile(exampleFile("stacks.yaml"), "utf8");
  const stacks = await folder.write("stacks.yaml", catalogue.replaceAll(`${composeLayout.network}.`, `${network}.`));
  const config = parseDocument(await readFile(exampleFile("linkerd.yaml"), "utf8"));
  config.setIn(["admin", "ip"], address(named.proxy));
  config.setIn(["admin", "port"], admin);
  config.setIn(["namers", 0, "host"], address(named.metadata));
  config.setIn(["namers", 0, "port"], metadata);
  config.setIn(["namers", 0, "portMappings"], { http: container });
  config.setIn(["namers", 0, "allowLoopback"], true);
  config.setIn(["routers", 0, "servers", 0, "ip"], address(named.proxy));
  config.setIn(["routers", 0, "servers", 0, "port"], proxy);
  return {
    network,
    called: address,
    bound: address,
    self: address,
    ports,
    file: (name) => (name === "stacks.yaml" ? stacks : exampleFile(name)),
    config: await folder.write("linkerd.yaml", String(config)),
  };
}

/** Each part as soon as those before it are healthy. When one fails, the others are left for `running`'s owner to end. */
async function startAll(layout: Layout, running: Map<Part, TestProcess>): Promise<void> {
  const healthy = new Map<string, Promise<void>>();
  const start = (part: Part): Promise<void> => {
    const known = healthy.get(part.name) ?? startOne(part);
    healthy.set(part.name, known);
    return known;
  };
  const startOne = async (part: Part): Promise<void> => {
    await Promise.all(parts.filter(({ name }) => part.after.includes(name)).map(start));
    const [command = "", ...args] = part.command(layout);
    const script = scripts[command];
    if (script === undefined && command !== "node")
      throw new Error(`${part.name} runs ${command}, which is unknown here`);
    const started = new TestProcess(process.execPath, script === undefined ? args : [script, ...args]);
    running.set(part, started);
    await becomeHealthy(part, started, layout);
  };
  const results = await Promise.allSettled(parts.map(start));
  for (const result of results) if (result.status === "rejected") throw result.reason;
}

async function becomeHealthy(part: Part, started: TestProcess, layout: Layout): Promise<void> {
  const url = new URL(part.health(layout));
  const ended = await until(
    async () => {
      if (started.finished !== undefined) return "ended";
      const { status } = await ask(url, { path: url.pathname });
      return status >= 200 && status < 300 && "healthy";
    },
    { timeoutMs: PATIENCE_MS, everyMs: 50, what: `${part.name} to be healthy` },
  );
  if (ended !== "ended") return;
  const { code, signal, stdout, stderr } = await started.end();
  throw new Error(`${part.name} ended with ${signal ?? code}; is everything built?\n${stdout}${stderr}`);
}

/** As a container engine does it: those first that others need least. */
async function end(running: ReadonlyMap<Part, TestProcess>): Promise<void> {
  const wrong: string[] = [];
  for (const group of [[named.client], [named.proxy], containers, [named.metadata]]) {
    for (const part of group) running.get(part)?.signal("SIGTERM");
    for (const part of group) {
      const finished = await running.get(part)?.end();
      if (finished !== undefined && finished.code !== 0) {
        wrong.push(`${part.name} ended with ${finished.signal ?? finished.code}: ${finished.stderr}`);
      }
    }
  }
  if (wrong.length > 0) throw new Error(`after SIGTERM, ${wrong.join("; ")}`);
}
