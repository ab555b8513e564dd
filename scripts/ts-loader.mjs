// Lets Node import the workspace's TypeScript sources as they are: `register("./ts-loader.mjs", import.meta.url)`.
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import ts from "typescript";

const root = new URL("../", import.meta.url);

/** @namerkit/<name>[/<entry>] is what the tests see, too: the sources, and not yesterday's build. */
function sourceOf(specifier) {
  const [, name, entry = "index"] = /^@namerkit\/([a-z0-9-]+)(?:\/([a-z-]+))?$/.exec(specifier) ?? [];
  if (name === undefined) return undefined;
  const folders = [`packages/${name}/`, `${name}/`];
  return folders.map((folder) => new URL(`${folder}src/${entry}.ts`, root)).find((url) => existsSync(url));
}

export function resolve(specifier, context, next) {
  const source = sourceOf(specifier);
  if (source !== undefined) return { url: source.href, shortCircuit: true };
  if (specifier.startsWith(".") && specifier.endsWith(".js") && context.parentURL?.endsWith(".ts")) {
    const url = new URL(specifier.replace(/\.js$/, ".ts"), context.parentURL);
    if (existsSync(url)) return { url: url.href, shortCircuit: true };
  }
  return next(specifier, context);
}

export function load(url, context, next) {
  if (!url.startsWith("file:") || !url.endsWith(".ts")) return next(url, context);
  const fileName = fileURLToPath(url);
  const { outputText } = ts.transpileModule(readFileSync(fileName, "utf8"), {
    fileName,
    compilerOptions: {
      target: ts.ScriptTarget.ES2022,
      module: ts.ModuleKind.ESNext,
      verbatimModuleSyntax: true,
      inlineSourceMap: true,
    },
  });
  return { format: "module", source: outputText, shortCircuit: true };
}
