// A package of npm that is too heavy to be everybody's dependency, installed into .tools when a benchmark wants it.
import { execFile } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath, pathToFileURL } from "node:url";
import { promisify } from "node:util";

const folder = fileURLToPath(new URL("../../.tools/peers", import.meta.url));

/** Where this version of it is, from wherever npm takes its packages. Nothing that looks like a success is left behind by a failure. */
export async function npmPeer(name, version) {
  const there = join(folder, `${name.replace(/.*\//, "")}-${version}`);
  if (!existsSync(there)) {
    mkdirSync(folder, { recursive: true });
    const part = mkdtempSync(join(folder, "part-"));
    const quiet = ["--no-save", "--no-package-lock", "--ignore-scripts", "--no-audit", "--no-fund"];
    try {
      const npm = process.platform === "win32" ? "npm.cmd" : "npm";
      await promisify(execFile)(npm, ["install", "--prefix", part, ...quiet, `${name}@${version}`]);
      renameSync(part, there);
    } catch (error) {
      throw new Error(`npm could not install ${name}@${version}: ${error.stderr || error.message}`);
    } finally {
      rmSync(part, { recursive: true, force: true });
    }
  }
  const modules = join(there, "node_modules");
  return { entry: entryOf(join(modules, name)), ...weightOf(modules) };
}

function entryOf(at) {
  const { exports, main, module } = JSON.parse(readFileSync(join(at, "package.json"), "utf8"));
  const found = exports?.["."]?.import?.default ?? exports?.["."]?.import ?? exports?.["."]?.default ?? module ?? main;
  return pathToFileURL(join(at, found ?? "index.js")).href;
}

/** Of everything in a folder of modules: how many packages, and bytes. */
function weightOf(modules) {
  const entries = readdirSync(modules, { recursive: true, withFileTypes: true });
  const files = entries.filter((one) => one.isFile());
  const bytes = files.reduce((sum, one) => sum + statSync(join(one.parentPath ?? one.path, one.name)).size, 0);
  const packages = files.filter(
    (one) =>
      one.name === "package.json" && /node_modules[\\/](@[^\\/]+[\\/])?[^\\/]+$/.test(one.parentPath ?? one.path),
  );
  return { packages: packages.length, bytes };
}
