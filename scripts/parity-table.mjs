// Writes the table of what the proxy does of Linkerd into packages/proxy/README.md, between <!-- parity --> and <!-- /parity -->:
//
//   node scripts/parity-table.mjs            write the table
//   node scripts/parity-table.mjs --check    fail unless the README says the same
//
// The rows are in packages/proxy/parity.txt; what proves them are tests with [parity: id, id] in their titles. Both ways, nothing is
// believed: a row that claims to be built and has no test, and a test that names no such row, are errors.
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, relative, resolve } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const readme = "packages/proxy/README.md";
const verdicts = { same: "same", better: "better", differs: "differs", absent: "not built", elsewhere: "see" };
const unproved = new Set(["absent", "elsewhere"]);
const read = (file) => readFileSync(resolve(root, file), "utf8");
const problems = [];

/** Areas with their rows. */
function areas() {
  const found = [];
  const ids = new Set();
  for (const line of read("packages/proxy/parity.txt").split("\n")) {
    if (line.startsWith("# ")) found.push({ title: line.slice(2), rows: [] });
    // What stands before the first area is about the file.
    if (line === "" || line.startsWith("# ") || found.length === 0) continue;
    const [id, verdict, what, note, ...more] = line.split(" | ");
    const whole = /^[a-z0-9.-]+$/.test(id) && what !== undefined && more.length === 0;
    if (!whole || !Object.hasOwn(verdicts, verdict) || (note === undefined) !== (verdict === "same"))
      problems.push(`parity.txt: not a row: ${line}`);
    if (ids.has(id)) problems.push(`parity.txt: ${id} is there twice`);
    ids.add(id);
    found.at(-1).rows.push({ id, verdict, what, note });
  }
  return found;
}

function testFiles() {
  const folders = ["test/e2e", "test/integration", "test/vectors"];
  for (const name of readdirSync(resolve(root, "packages"))) folders.push(`packages/${name}/src`);
  const inFolder = (folder) =>
    readdirSync(resolve(root, folder), { recursive: true }).map((name) => `${folder}/${name.replaceAll("\\", "/")}`);
  const existing = folders.filter((folder) => existsSync(resolve(root, folder)));
  return existing
    .flatMap(inFolder)
    .filter((name) => name.endsWith(".test.ts"))
    .sort();
}

/** For each id, the files with a test that names it. */
function proofs() {
  const found = new Map();
  for (const file of testFiles()) {
    const text = read(file);
    for (const tag of text.matchAll(/\[parity\b[^\]]*\]/g)) {
      const ids = /^\[parity: ([a-z0-9.-]+(?:, [a-z0-9.-]+)*)\]$/.exec(tag[0])?.[1].split(", ");
      const at = `${file}:${text.slice(0, tag.index).split("\n").length}`;
      if (ids === undefined) problems.push(`${at}: not a tag: ${tag[0]}`);
      const test = [...text.slice(0, tag.index).matchAll(/^ *(?:it|test|describe)\b/gm)].at(-1);
      const call = test === undefined ? "" : text.slice(test.index, tag.index);
      if (call === "" || /^ *\/\/[^\n]*$/.test(call.split("\n").at(-1)))
        problems.push(`${at}: not in the title of a test`);
      if (/^ *\w+\.(?:skip|todo|runIf|fails)/.test(call))
        problems.push(`${at}: a test that may be left out proves nothing`);
      for (const id of ids ?? []) found.set(id, (found.get(id) ?? new Set()).add(file));
    }
  }
  return found;
}

const cell = (text) => text.replaceAll("|", "\\|");

function link(file) {
  const name = file.slice(file.lastIndexOf("/") + 1, -".test.ts".length);
  return `[${name}](${relative(dirname(readme), file).replaceAll("\\", "/")})`;
}

function table(all, proved) {
  const rows = all.flatMap(({ rows }) => rows);
  const count = (verdict) => rows.filter((row) => row.verdict === verdict).length;
  const built = rows.filter(({ verdict }) => !unproved.has(verdict)).length;
  const sum = `Of ${rows.length} rows ${built} are built: ${count("same")} as in Linkerd 1.7.5, ${count("better")} better, ${count("differs")} otherwise; ${count("absent")} are not. Each that is has a test with its id in the title. Written by \`scripts/parity-table.mjs\` from [parity.txt](./parity.txt).`;
  const parts = all.map(({ title, rows }) => {
    const lines = rows.map(({ id, verdict, what, note }) => {
      const judged =
        note === undefined ? verdicts[verdict] : `${verdicts[verdict]}${verdict === "elsewhere" ? "" : ":"} ${note}`;
      const tests = [...(proved.get(id) ?? [])].map(link).join(", ");
      return `| ${cell(what)} | ${cell(judged)} | ${tests} |`;
    });
    return [`| ${title} | here | proved by |`, "|---|---|---|", ...lines].join("\n");
  });
  return [sum, ...parts].join("\n\n");
}

const all = areas();
const proved = proofs();
const rowOf = new Map(all.flatMap(({ rows }) => rows.map((row) => [row.id, row])));
for (const { id, verdict } of rowOf.values()) {
  if (!unproved.has(verdict) && !proved.has(id))
    problems.push(`parity.txt: ${id} is said to be built, and no test has [parity: ${id}]`);
}
for (const [id, files] of proved) {
  const verdict = rowOf.get(id)?.verdict;
  if (verdict === undefined) problems.push(`${[...files].join(", ")}: there is no row ${id}`);
  else if (unproved.has(verdict))
    problems.push(`${[...files].join(", ")}: ${id} has a test, and is said not to be built`);
}
const old = read(readme);
const place = /(<!-- parity -->).*?(<!-- \/parity -->)/s;
if (!place.test(old)) problems.push(`${readme} has no place for it: <!-- parity --> and <!-- /parity -->`);
const next = old.replace(place, (_, begin, end) => `${begin}\n${table(all, proved)}\n${end}`);
if (problems.length === 0 && next !== old) {
  if (process.argv.includes("--check")) problems.push(`${readme} is not what it should be: run this without --check`);
  else {
    writeFileSync(resolve(root, readme), next);
    console.log(`${readme}: written`);
  }
}
for (const problem of problems) console.error(problem);
process.exitCode = problems.length === 0 ? 0 : 1;
