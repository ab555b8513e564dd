import { messageOf } from "@namerkit/core";
import { type Console, ExitCode } from "../console.js";
import { untilStopped } from "../stop-signal.js";
import { Judge } from "./judge.js";
import { Screen } from "./screen.js";
import { DemoStack } from "./stack.js";
import { playStory } from "./story.js";

/** The demo command: the story, and what came of it. */
export async function playDemo(console: Console): Promise<ExitCode> {
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
}
