// Writes what a namer makes of the conformance suite into its README, between <!-- conformance --> and <!-- /conformance -->:
//
//   node scripts/conformance-table.mjs packages/rancher            run the suite, and write the table
//   node scripts/conformance-table.mjs packages/rancher --check    run it, and fail unless the README says the same
//   node scripts/conformance-table.mjs --scenarios [--check]       the list of scenarios in packages/testing/conformance.md
//
// The subject is the export of <package>/test-support/conformance.ts that is one, or that of src/conformance.subject.ts. Sources are read,
// and not yesterday's build. Fails, and writes nothing, where a scenario fails.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { register } from "node:module";
import { resolve } from "node:path";
import process from "node:process";
import { fileURLToPath, pathToFileURL } from "node:url";

register("./ts-loader.mjs", import.meta.url);

const root = fileURLToPath(new URL("..", import.meta.url));
const args = process.argv.slice(2);
const check = args.includes("--check");
const folder = args.find((arg) => !arg.startsWith("--"));
const source = (path) => import(pathToFileURL(resolve(root, path)).href);
const { runAll, scenariosFor } = await source("packages/testing/src/scenarios.ts");

const cell = (text) => text.replaceAll("|", "\\|").replaceAll("\n", " ");
const table = (head, rows) =>
  [head, head.map(() => "---"), ...rows].map((row) => `| ${row.map(cell).join(" | ")} |`).join("\n");

/** One list per group, in the suite's order. */
function byGroup(entries, scenarioOf) {
  const groups = new Map();
  for (const entry of entries) {
    const { group } = scenarioOf(entry);
    groups.set(group, [...(groups.get(group) ?? []), entry]);
  }
  return [...groups];
}

function put(file, mark, text) {
  const path = resolve(root, file);
  const old = readFileSync(path, "utf8");
  const marks = new RegExp(`(<!-- ${mark} -->)[^]*?(<!-- /${mark} -->)`);
  if (!marks.test(old)) return `${file} has no place for it: <!-- ${mark} --> and <!-- /${mark} -->`;
  const next = old.replace(marks, (_, begin, end) => `${begin}\n${text}\n${end}`);
  if (next === old) return undefined;
  if (check) return `${file} is not what it should be: run this without --check`;
  writeFileSync(path, next);
  console.log(`${file}: written`);
  return undefined;
}

function scenarioList() {
  const of = (one) => one;
  return byGroup(scenariosFor({}), of)
    .map(([group, all]) => {
      const rows = all.map(({ id, title, users }) => [`\`${id}\``, title, users]);
      return `### ${group[0].toUpperCase()}${group.slice(1)}\n\n${table(["id", "what must be true", "or else"], rows)}`;
    })
    .join("\n\n");
}

async function subjectOf(packageFolder) {
  const candidates = ["test-support/conformance.ts", "src/conformance.subject.ts", "dist/conformance.subject.js"];
  const file = candidates.map((name) => `${packageFolder}/${name}`).find((name) => existsSync(resolve(root, name)));
  if (file === undefined) throw new Error(`${packageFolder} has none of ${candidates.join(", ")}`);
  const found = Object.values(await source(file)).find((one) => typeof one?.backend === "function");
  if (found === undefined) throw new Error(`${file} exports no subject`);
  return found;
}

function resultTable(results) {
  const marks = { passed: "✓", failed: "✗", "not applicable": "–" };
  const rows = byGroup(results, ({ scenario }) => scenario).flatMap(([, all]) =>
    all.map(({ scenario, outcome, reason }) => [
      `\`${scenario.id}\``,
      scenario.title,
      reason === undefined ? marks[outcome] : `${marks[outcome]} ${reason}`,
    ]),
  );
  const count = (outcome) => results.filter((result) => result.outcome === outcome).length;
  const sum = `${count("passed")} scenarios passed, ${count("failed")} failed, ${count("not applicable")} do not apply.`;
  return `${sum} Written by \`scripts/conformance-table.mjs\`.\n\n${table(["scenario", "what must be true", "result"], rows)}`;
}

let trouble;
if (args.includes("--scenarios")) trouble = put("packages/testing/conformance.md", "scenarios", scenarioList());
else if (folder === undefined) trouble = "usage: conformance-table.mjs FOLDER [--check] | --scenarios [--check]";
else {
  const results = await runAll(await subjectOf(folder));
  const failed = results.filter(({ outcome }) => outcome === "failed");
  for (const { error } of failed) console.error(`${error.message}\n`);
  trouble =
    failed.length > 0
      ? `${failed.length} scenarios fail`
      : put(`${folder}/README.md`, "conformance", resultTable(results));
}
if (trouble !== undefined) console.error(trouble);
// A namer that leaks must not keep this from ending.
process.exit(trouble === undefined ? 0 : 1);
