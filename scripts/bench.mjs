// npm run bench -- NAME [ARG ...]: one benchmark of bench/, by name; without a name, lists them.
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { root, run, setup } from "./setup.mjs";

const [name, ...args] = process.argv.slice(2);
const folder = join(root, "bench");
const names = readdirSync(folder)
  .filter((file) => file.endsWith(".bench.mjs"))
  .map((file) => file.replace(".bench.mjs", ""));
if (name === undefined || !existsSync(join(folder, `${name}.bench.mjs`))) {
  console.error(`usage: npm run bench -- NAME\nbenchmarks: ${names.join(" ")}`);
  process.exit(2);
}
await setup();
await run(process.execPath, ["--expose-gc", join("bench", `${name}.bench.mjs`), ...args]);
