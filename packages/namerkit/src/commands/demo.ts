import { messageOf } from "@namerkit/core";
import { ExitCode } from "../console.js";
import { Judge } from "../demo/judge.js";
import { Screen } from "../demo/screen.js";
import { DemoStack } from "../demo/stack.js";
import { playStory } from "../demo/story.js";
import { untilStopped } from "../stop-signal.js";
import { type Command, parseCommand } from "./command.js";

export const demoCommand: Command = {
  name: "demo",
  usage: "demo",
  summary: `Plays the whole story on loopback: balancing, scaling, fallback, and a catalogue that goes away.
On a terminal it then stays up with a live table, until interrupted. Elsewhere it plays once, and exits with 1 if any response
was other than announced. The last line is JSON: {"requests","failures","treeUpdates","addrUpdates","upstreamRequests"}.`,
  async run(args, console) {
    parseCommand(args, {}, []);
    const interactive = "isTTY" in console.stdout && console.stdout.isTTY === true;
    const screen = interactive ? new Screen(console.stdout) : undefined;
    const tell = (line: string): void => {
      if (screen === undefined) console.stdout.write(`${line}\n`);
      else screen.tell(line);
    };
    const judge = new Judge();
    const stop = new AbortController();
    const played = new AbortController();
    const stopped = untilStopped({ output: console.stdout, done: played.signal }).then((reason) =>
      stop.abort(new Error(`stopped by ${reason}`)),
    );
    let failed: string | undefined;

    await using stack = await DemoStack.start((answer) => {
      judge.record(answer);
      screen?.record(answer);
    });
    tell(`proxy     http://127.0.0.1:${stack.proxyPort}   (curl -H "Host: sample" 127.0.0.1:${stack.proxyPort})`);
    tell(`admin     http://127.0.0.1:${stack.adminPort}`);
    tell(`metadata  http://127.0.0.1:${stack.metadataPort}/latest/\n`);
    const drawing = setInterval(() => {
      Promise.all([stack.counts(), stack.namerState()]).then(
        ([counts, state]) => screen?.draw(counts, state, judge.failures),
        (error: unknown) => tell(messageOf(error)),
      );
    }, 1_000);
    if (screen === undefined) clearInterval(drawing);
    try {
      await playStory(stack, judge, tell, stop.signal);
      if (interactive) {
        tell("\nThat was the story. It goes on until you press Ctrl-C.");
        await stopped;
      }
    } catch (error) {
      if (!stop.signal.aborted) failed = messageOf(error);
    } finally {
      clearInterval(drawing);
      played.abort();
    }
    stack.traffic.stop();
    const counts = await stack.counts();
    for (const example of judge.examples) tell(`not announced: ${example}`);
    if (failed !== undefined) tell(`the story failed: ${failed}`);
    const summary = { requests: judge.answers, failures: judge.failures, ...counts };
    // Ctrl-C has left a ^C on the line.
    console.stdout.write(`${interactive ? "\n" : ""}${JSON.stringify(summary)}\n`);
    return failed === undefined && judge.failures === 0 ? ExitCode.ok : ExitCode.failed;
  },
};
