// Runs a script (argv[2], with the arguments after it) in this process and tells the parent, whenever it asks, what CPU time
// and memory the process has used. Started with child_process.fork.
import { pathToFileURL } from "node:url";

process.on("message", () => {
  const { user, system } = process.cpuUsage();
  process.send({ cpuMicros: user + system, rss: process.memoryUsage().rss });
});
process.on("disconnect", () => process.exit(0));
process.argv.splice(1, 1);
await import(pathToFileURL(process.argv[1]).href);
