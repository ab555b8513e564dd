import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import process from "node:process";
import { parseArgs } from "node:util";
import { messageOf, systemClock } from "@namerkit/core";
import { catalogue, catalogueNames } from "./catalogues.js";
import { listenControl } from "./control/listen-control.js";
import { parseDescription } from "./description/parse.js";
import type { Description } from "./description/types.js";
import { listen } from "./listen.js";
import { Metadata } from "./metadata.js";

const USAGE = `usage: mock-metadata STACKS.yaml [--host IP] [--port N] [--control-port N] [--xff]
       mock-metadata CATALOGUE …, one of those that --list tells

Serves a Rancher metadata API for the stacks that the file describes. --host: 127.0.0.1; --port: 80; 0 is any free port.
--control-port: POST /scale?service=stack/service&to=5, /stop, /start, /health, /state, /ip, /label, /link, /unlink, /fault, /clear,
/reload, /unload, /take-down, /bring-back, /restart; GET / tells what runs, and shows it in a browser.
--xff: believe X-Forwarded-For about who asks.
`;

process.exitCode = await main();

async function main(): Promise<number> {
  const parsed = parse();
  if (parsed === undefined) return 2;
  const { values, positionals } = parsed;
  if (values.help) {
    process.stdout.write(USAGE);
    return 0;
  }
  if (values.list) {
    process.stdout.write(`${(await catalogueNames()).join("\n")}\n`);
    return 0;
  }
  const port = portOf(values.port ?? "80");
  const controlPort = values["control-port"] === undefined ? undefined : portOf(values["control-port"]);
  const [file, ...more] = positionals;
  if (
    file === undefined ||
    more.length > 0 ||
    port === undefined ||
    (values["control-port"] !== undefined && controlPort === undefined)
  ) {
    process.stderr.write(USAGE);
    return 2;
  }
  try {
    const description = await described(file);
    const metadata = new Metadata(description, { clock: systemClock, random: Math.random, xff: values.xff });
    await serve(metadata, values.host, port, controlPort);
    return 0;
  } catch (error) {
    complain(error);
    return 1;
  }
}

/** A file; or, if it is none and has the name of one, a catalogue of this package. */
async function described(name: string): Promise<Description> {
  const shipped = /^[^./\\]+$/.test(name) && !existsSync(name) ? await catalogue(name) : undefined;
  if (shipped !== undefined) return parseDescription(shipped.text, shipped.file);
  return parseDescription(await readFile(name, "utf8"), name);
}

/** Until somebody asks the process to stop. */
async function serve(metadata: Metadata, host: string, port: number, controlPort: number | undefined): Promise<void> {
  const stop = stopped();
  await using server = await listen(metadata, { host, port, onError: complain });
  process.stdout.write(`serving metadata on http://${authority(host, server.port)}\n`);
  await using remote = controlPort === undefined ? undefined : await listenControl(metadata, host, controlPort);
  if (remote !== undefined) process.stdout.write(`serving control on http://${authority(host, remote.port)}\n`);
  await stop;
}

function authority(host: string, port: number): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}

function complain(error: unknown): void {
  process.stderr.write(`mock-metadata: ${messageOf(error)}\n`);
}

function parse() {
  try {
    return parseArgs({
      options: {
        host: { type: "string", default: "127.0.0.1" },
        port: { type: "string" },
        "control-port": { type: "string" },
        list: { type: "boolean", default: false },
        xff: { type: "boolean", default: false },
        help: { type: "boolean", short: "h", default: false },
      },
      allowPositionals: true,
    });
  } catch (error) {
    complain(error);
    process.stderr.write(USAGE);
    return undefined;
  }
}

function portOf(text: string): number | undefined {
  return /^\d{1,5}$/.test(text) && Number(text) <= 65_535 ? Number(text) : undefined;
}

function stopped(): Promise<void> {
  return new Promise((resolve) => {
    process.once("SIGINT", () => resolve());
    process.once("SIGTERM", () => resolve());
  });
}
