// Makes a fresh clone ready with nothing but Node and npm: a pinned pnpm beside the code, the dependencies, the build.
// Every step is skipped when its inputs have not changed, so that running it again costs next to nothing.
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import process from "node:process";
import { fileURLToPath, pathToFileURL } from "node:url";

export const root = fileURLToPath(new URL("..", import.meta.url));
const tools = join(root, ".tools");
const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
const pnpmVersion = manifest.packageManager.replace(/^pnpm@/, "");

/** The environment for everything the scripts start: turbo, publint and attw look for pnpm on PATH. */
export const env = {
  ...process.env,
  PATH: [join(tools, "node_modules", ".bin"), join(root, "node_modules", ".bin"), process.env.PATH].join(delimiter),
  TURBO_TELEMETRY_DISABLED: "1",
  DO_NOT_TRACK: "1",
};

/** Runs a command in the root; rejects when it fails. With `quiet`, shows its output only then. */
export function run(command, args, { quiet = false, extraEnv = {} } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd: root,
      env: { ...env, ...extraEnv },
      stdio: quiet ? ["ignore", "pipe", "pipe"] : ["ignore", "inherit", "inherit"],
      shell: process.platform === "win32",
    });
    const output = [];
    child.stdout?.on("data", (chunk) => output.push(chunk));
    child.stderr?.on("data", (chunk) => output.push(chunk));
    child.on("error", reject);
    child.on("close", (code, signal) => {
      if (code === 0) return resolve();
      if (quiet) process.stderr.write(Buffer.concat(output));
      reject(new Error(`${command} ${args.join(" ")} ended with ${signal ?? `exit code ${code}`}`));
    });
  });
}

export async function setup() {
  requireNode();
  await step("pnpm", pnpmVersion, () =>
    run(
      "npm",
      ["install", "--prefix", ".tools", "--no-save", "--no-package-lock", "--ignore-scripts", `pnpm@${pnpmVersion}`],
      {
        quiet: true,
      },
    ),
  );
  await step(
    "dependencies",
    hashOf(manifests()),
    () => run("pnpm", ["install", "--frozen-lockfile"], { quiet: true }),
    "node_modules/.modules.yaml",
  );
  await run("turbo", ["run", "build", "--output-logs=errors-only", "--log-order=grouped"], { quiet: true });
}

function requireNode() {
  const [major, minor] = process.versions.node.split(".").map(Number);
  if (major > 20 || (major === 20 && minor >= 19)) return;
  throw new Error(`Namerkit needs Node ${manifest.engines.node}; this is ${process.versions.node}.`);
}

async function step(name, key, work, mustExist) {
  const stamp = join(tools, `${name}.stamp`);
  const done =
    existsSync(stamp) &&
    readFileSync(stamp, "utf8") === key &&
    (mustExist === undefined || existsSync(join(root, mustExist)));
  if (done) return;
  process.stderr.write(`setup: ${name} ...\n`);
  mkdirSync(tools, { recursive: true });
  await work();
  writeFileSync(stamp, key);
}

function manifests() {
  const folders = ["packages", "examples"].flatMap((parent) =>
    existsSync(join(root, parent)) ? readdirSync(join(root, parent)).map((name) => join(parent, name)) : [],
  );
  return ["", "mock-metadata", "test", "bench", ...folders]
    .map((folder) => join(folder, "package.json"))
    .concat("pnpm-lock.yaml", "pnpm-workspace.yaml")
    .filter((file) => existsSync(join(root, file)))
    .sort();
}

function hashOf(files) {
  const hash = createHash("sha256");
  for (const file of files) hash.update(file).update(readFileSync(join(root, file)));
  return hash.digest("hex");
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  await setup().catch((error) => {
    console.error(`setup: ${error.message}`);
    process.exitCode = 1;
  });
}
