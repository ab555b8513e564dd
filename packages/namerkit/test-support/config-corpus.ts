import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import process from "node:process";
import { loadConfig, type Problem } from "@namerkit/config";
import { Dtab, messageOf } from "@namerkit/core";
import { namingEnv } from "../src/naming.js";
import { officialRegistry } from "../src/registry.js";

/** What became of one file of a folder of configurations. */
export interface CorpusEntry {
  readonly file: string;
  readonly loads: boolean;
  /** What it names and this machine does not have: empty ones stood in for these. */
  readonly standIns: readonly string[];
  /** Errors and warnings of the last attempt. */
  readonly problems: readonly Problem[];
}

/** Files that are missing are told of in two waves: those of the configuration's own keys, then those of plug-ins. */
const ATTEMPTS = 4;

/** What a pod is told in its environment by its manifest, and this machine is not. */
const pod = { POD_IP: "10.0.0.1", NODE_NAME: "node-1", POD_NAMESPACE: "default" } as const;

/** Loads every *.yaml, *.yml, *.json and *.dtab of a folder, in order, INDEX.json left out. Opens no socket. */
export async function loadCorpus(folder: string): Promise<readonly CorpusEntry[]> {
  for (const [name, value] of Object.entries(pod)) process.env[name] ??= value;
  const files = readdirSync(folder).filter((file) => /\.(ya?ml|json|dtab)$/.test(file) && file !== "INDEX.json");
  const entries: CorpusEntry[] = [];
  for (const file of files.sort()) {
    const text = readFileSync(join(folder, file), "utf8");
    entries.push(file.endsWith(".dtab") ? loadDtab(file, text) : await loadOne(file, text));
  }
  return entries;
}

async function loadOne(file: string, given: string): Promise<CorpusEntry> {
  const baseDir = mkdtempSync(join(tmpdir(), "namerkit-configs-"));
  const closing = new AbortController();
  const build = { envFor: namingEnv(baseDir, closing.signal) };
  const standIns: string[] = [];
  try {
    for (let text = given, attempt = 1; ; attempt++) {
      const { plan, problems } = await loadConfig({ text, file, baseDir }, officialRegistry(), { build });
      const missing = problems.flatMap((problem) => missingOf(problem) ?? []);
      if (missing.length === 0 || attempt === ATTEMPTS) return { file, loads: plan !== undefined, standIns, problems };
      for (const one of missing.reverse()) {
        standIns.push(one.name.replace(`${baseDir}/`, ""));
        text = standIn(one, text, baseDir);
      }
    }
  } finally {
    closing.abort();
    rmSync(baseDir, { recursive: true, force: true });
  }
}

interface Missing {
  readonly problem: Problem;
  /** Absolute. */
  readonly name: string;
  readonly folder: boolean;
}

function missingOf(problem: Problem): Missing | undefined {
  const [, name, what] = /^(\/.*) is not (there|a file|a directory)$/.exec(problem.message) ?? [];
  return name === undefined ? undefined : { problem, name, folder: what === "a directory" };
}

/** Makes what is missing below `baseDir`, and has the text name it where it named something elsewhere. */
function standIn({ problem, name, folder }: Missing, text: string, baseDir: string): string {
  const elsewhere = !name.startsWith(`${baseDir}/`);
  const here = elsewhere ? join(baseDir, "absolute", name) : name;
  mkdirSync(folder ? here : dirname(here), { recursive: true });
  if (!folder) writeFileSync(here, "");
  if (!elsewhere) return text;
  const lines = text.split("\n");
  const line = lines[problem.line - 1] ?? "";
  lines[problem.line - 1] = line.slice(0, problem.col - 1) + line.slice(problem.col - 1).replace(name, here);
  return lines.join("\n");
}

function loadDtab(file: string, text: string): CorpusEntry {
  try {
    Dtab.parse(text);
    return { file, loads: true, standIns: [], problems: [] };
  } catch (thrown) {
    const problem = { file, line: 1, col: 1, path: "", severity: "error", code: "DTAB_INVALID" } as const;
    return { file, loads: false, standIns: [], problems: [{ ...problem, message: messageOf(thrown) }] };
  }
}
