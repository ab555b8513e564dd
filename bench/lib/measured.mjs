// Runs a script (argv[2], with the arguments after it) in this process, which ends when its parent does, however that comes about.
// Started with child_process.fork.
import process from "node:process";
import { pathToFileURL } from "node:url";

process.on("disconnect", () => process.exit(0));
// It is no reason to stay.
process.channel.unref();
process.argv.splice(1, 1);
await import(pathToFileURL(process.argv[1]).href);
