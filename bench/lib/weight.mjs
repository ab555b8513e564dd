// What a package of this workspace comes to with all that it depends on, as it would be installed.
import { readdirSync, readFileSync, realpathSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const bench = fileURLToPath(new URL("..", import.meta.url));

export function weightOfPackage(name) {
  const seen = new Map();
  visit(name, join(bench, "package.json"), seen);
  const bytes = [...seen.values()].reduce((sum, { size }) => sum + size, 0);
  return { entry: seen.get(name).entry, packages: seen.size, bytes };
}

function visit(name, from, seen) {
  if (seen.has(name)) return;
  const folder = folderOf(name, from);
  const manifest = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  // Of ours what is published; of others what is there.
  const files = name.startsWith("@namerkit/") ? ["dist", "src"] : ["."];
  const size = files.reduce((sum, one) => sum + sizeOf(join(folder, one)), 0);
  const entry = pathToFileURL(join(folder, manifest.exports?.["."]?.default ?? manifest.main ?? "index.js")).href;
  seen.set(name, { size, entry });
  for (const dependency of Object.keys(manifest.dependencies ?? {}))
    visit(dependency, join(folder, "package.json"), seen);
}

function folderOf(name, from) {
  for (const modules of createRequire(from).resolve.paths(name)) {
    try {
      return dirname(realpathSync(join(modules, name, "package.json")));
    } catch {
      // Further up.
    }
  }
  throw new Error(`${name} is not installed`);
}

function sizeOf(folder) {
  return readdirSync(folder, { withFileTypes: true }).reduce((sum, one) => {
    if (one.name === "node_modules" || /\.test\.ts$|\.tsbuildinfo$/.test(one.name)) return sum;
    const at = join(folder, one.name);
    return sum + (one.isDirectory() ? sizeOf(at) : statSync(at).size);
  }, 0);
}
