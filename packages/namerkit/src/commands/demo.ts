import { type Command, parseCommand } from "./command.js";

export const demoCommand: Command = {
  name: "demo",
  usage: "demo",
  summary: `Plays the whole story on loopback: balancing, scaling, fallback, and a catalogue that goes away.
On a terminal it then stays up with a live table, until interrupted. Elsewhere it plays once, and exits with 1 if any response
was other than announced. The last line is JSON: {"requests","failures","treeUpdates","addrUpdates","upstreamRequests"}.`,
  async run(args, console) {
    parseCommand(args, {}, []);
    // It brings a whole mock of Rancher's metadata, which no other command has any use for.
    const { playDemo } = await import("../demo/play-demo.js");
    return playDemo(console);
  },
};
