// The demo stack without Docker: sets up what is missing, then hands over to `namerkit demo`.
import { spawn } from "node:child_process";
import { join } from "node:path";
import process from "node:process";
import { env, root, setup } from "./setup.mjs";

try {
  await setup();
} catch (error) {
  console.error(`demo: ${error.message}`);
  process.exit(1);
}
const command = join(root, "packages", "namerkit", "bin", "namerkit.js");
const child = spawn(process.execPath, [command, "demo", ...process.argv.slice(2)], { env, stdio: "inherit" });
// Ctrl-C reaches the child by itself, with the terminal's process group; the others have to be passed on.
process.on("SIGINT", () => {});
process.on("SIGTERM", () => child.kill("SIGTERM"));
child.on("close", (code, signal) => {
  process.exitCode = code ?? (signal === "SIGINT" ? 130 : 1);
});
