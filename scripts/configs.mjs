// How many configurations of a folder load, and why the others do not: `node scripts/configs.mjs [FOLDER]`.
//
// Every *.yaml, *.yml, *.json and *.dtab is read and everything in it built, but for sockets and watches; for files that it names and
// this machine does not have, empty ones stand in. Exits with 1 if one fails for another reason than a kind that is not built. Without
// a folder: the examples among this repository's tests. Sources are read, and not yesterday's build.
import { register } from "node:module";
import { resolve } from "node:path";
import process from "node:process";
import { fileURLToPath, pathToFileURL } from "node:url";

register("./ts-loader.mjs", import.meta.url);

const support = fileURLToPath(new URL("../packages/namerkit/test-support", import.meta.url));
const { loadCorpus } = await import(pathToFileURL(resolve(support, "config-corpus.ts")).href);
const entries = await loadCorpus(process.argv[2] ?? resolve(support, "configs"));

const place = ({ line, col, path }) => `${line}:${col}${path === "" ? "" : ` ${path}`}`;
let unexplained = 0;
for (const { file, loads, standIns, problems } of entries) {
  const errors = problems.filter(({ severity }) => severity === "error");
  const notes = [];
  if (standIns.length > 0) notes.push(`with stand-ins for ${standIns.join(", ")}`);
  const warnings = problems.length - errors.length;
  if (loads && warnings > 0) notes.push(`${warnings} ${warnings === 1 ? "warning" : "warnings"}`);
  console.log(`${loads ? "loads" : "FAILS"}  ${file}${notes.length === 0 ? "" : ` (${notes.join("; ")})`}`);
  for (const problem of errors) console.log(`         ${place(problem)}: ${problem.message} [${problem.code}]`);
  if (errors.some(({ code }) => code !== "KIND_NOT_BUILT")) unexplained++;
}
const loaded = entries.filter(({ loads }) => loads).length;
console.log(
  `\n${loaded} of ${entries.length} load; ${entries.length - loaded - unexplained} name kinds that are not built, ${unexplained} fail otherwise`,
);
process.exitCode = unexplained > 0 ? 1 : 0;
