import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";

const CONDITIONS = new Set(["import", "node", "default", "module-sync"]);

/** The URL of the module that `specifier` names, seen from each folder in turn; undefined when none of them knows it. */
export function resolveModule(specifier: string, folders: readonly string[]): string | undefined {
  for (const folder of folders) {
    const from = join(folder, "noop.js");
    try {
      return pathToFileURL(createRequire(from).resolve(specifier)).href;
    } catch (thrown) {
      // A package that exports nothing to require() is there all the same.
      const hidden = codeOf(thrown) === "ERR_PACKAGE_PATH_NOT_EXPORTED";
      const found = hidden ? exportedToImport(specifier, folder) : undefined;
      if (found !== undefined) return pathToFileURL(found).href;
    }
  }
  return undefined;
}

/** What the package's `exports` give to `import`: as Node.js resolves it, without patterns (`./*`). */
function exportedToImport(specifier: string, folder: string): string | undefined {
  const parts = specifier.split("/");
  const name = parts.slice(0, specifier.startsWith("@") ? 2 : 1).join("/");
  const subpath = [".", ...parts.slice(name.split("/").length)].join("/");
  for (let at = folder; ; at = dirname(at)) {
    const root = join(at, "node_modules", name);
    const manifest = join(root, "package.json");
    if (existsSync(manifest)) {
      const target = targetOf(JSON.parse(readFileSync(manifest, "utf8")).exports, subpath);
      return target === undefined ? undefined : join(root, target);
    }
    if (dirname(at) === at) return undefined;
  }
}

function targetOf(exported: unknown, subpath: string): string | undefined {
  if (typeof exported !== "object" || exported === null) return undefined;
  const entries = Object.entries(exported);
  const bySubpath = entries.some(([key]) => key.startsWith("."));
  if (bySubpath) return chosen(entries.find(([key]) => key === subpath)?.[1]);
  return subpath === "." ? chosen(exported) : undefined;
}

function chosen(target: unknown): string | undefined {
  if (typeof target === "string") return target;
  if (typeof target !== "object" || target === null) return undefined;
  for (const [condition, inner] of Object.entries(target)) {
    const found = CONDITIONS.has(condition) ? chosen(inner) : undefined;
    if (found !== undefined) return found;
  }
  return undefined;
}

function codeOf(thrown: unknown): unknown {
  return typeof thrown === "object" && thrown !== null && "code" in thrown ? thrown.code : undefined;
}
