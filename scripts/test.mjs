// npm test: everything that must hold before a change lands, from a fresh clone on. CI runs exactly this.
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { consul } from "./consul.mjs";
import { run, setup } from "./setup.mjs";

const folder = mkdtempSync(join(tmpdir(), "namerkit-test-"));
const report = join(folder, "vitest.json");

const checks = [
  ["format and lint", () => run("biome", ["ci", "--error-on-warnings", "."], { quiet: true })],
  ["types of the tests", () => run("tsc", ["-p", "tsconfig.tests.json"], { quiet: true })],
  [
    "layers",
    () => run("depcruise", ["--config", ".dependency-cruiser.cjs", "packages", "mock-metadata"], { quiet: true }),
  ],
  ["workspace", () => run("sherif", ["--fail-on-warnings"], { quiet: true })],
  ["unused code", () => run("knip", ["--no-progress"], { quiet: true })],
  ["conformance tables", conformanceTables],
  ["parity table", () => run(process.execPath, ["scripts/parity-table.mjs", "--check"], { quiet: true })],
  [
    "publishing",
    () => run("turbo", ["run", "check:publish", "--output-logs=errors-only", "--log-order=grouped"], { quiet: true }),
  ],
];

/** What READMEs say of the conformance suite has to be what it says. */
async function conformanceTables() {
  const table = (...args) =>
    run(process.execPath, ["scripts/conformance-table.mjs", ...args, "--check"], { quiet: true });
  await table("--scenarios");
  // Two at a time: they mostly wait.
  const inTurn = async (folders) => {
    for (const folder of folders) await table(`packages/${folder}`);
  };
  await Promise.all([inTurn(["local"]), inTurn(["rancher", "consul", "k8s"])]);
}

let passed = 0;
let failed = 0;
let skipped = 0;
const failures = [];
/** Suites that need what this machine does not have. */
const notRun = [];

async function check(name, work) {
  const start = performance.now();
  try {
    await work();
    passed++;
    console.log(`ok      ${name} (${((performance.now() - start) / 1000).toFixed(1)} s)`);
  } catch (error) {
    failed++;
    failures.push(name);
    console.log(`FAILED  ${name}: ${error.message}`);
  }
}

try {
  await setup();
  for (const [name, work] of checks) await check(name, work);
  const found = await consul();
  if ("reason" in found) notRun.push(`real Consul: ${found.reason}`);
  const vitest = run("vitest", ["run", "--reporter=default", "--reporter=json", `--outputFile.json=${report}`]);
  await vitest.catch((error) => failures.push(error.message));
  const counts = JSON.parse(readFileSync(report, "utf8"));
  passed += counts.numPassedTests;
  skipped += counts.numPendingTests + counts.numTodoTests;
  // A file that cannot even be loaded, or an unhandled error, fails the run without a failed test in it.
  const failedTests = counts.numFailedTests || (failures.length > failed ? 1 : 0);
  failed += failedTests;
} catch (error) {
  failed++;
  failures.push(error.message);
  console.error(error);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
for (const suite of notRun) console.log(`\nnot run: ${suite}`);
if (failures.length > 0) console.log(`\nfailed: ${failures.join("; ")}`);
console.log(`\ntests: ${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`);
process.exitCode = failed > 0 || failures.length > 0 || passed === 0 ? 1 : 0;
