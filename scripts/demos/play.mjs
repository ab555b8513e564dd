// Plays a demo once; on a terminal it stays up afterwards, until Ctrl-C. The last line is JSON.
import process from "node:process";

/** Aborts when this process is asked to stop. */
export function stopSignal() {
  const stop = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"])
    process.on(signal, () => stop.abort(new Error(`stopped by ${signal}`)));
  return stop.signal;
}

/**
 * Resolves to the exit code: 1 if any response was other than announced, or the story did not come to its end.
 *
 * @param demo.start () => the stack, running: with proxyPort, counts() and close()
 * @param demo.hosts the names that are asked for
 * @param demo.parts (stack) => lines that say where things are
 * @param demo.story ({ stack, judge, traffic, tell, stop }) => plays it
 */
export async function play({ start, hosts, parts, story, stop }) {
  // Built by now.
  const built = (name) => import(new URL(`../../packages/namerkit/dist/demo/${name}.js`, import.meta.url));
  const { Judge } = await built("judge");
  const { SteadyClient } = await built("steady-client");
  const tell = (line) => console.log(line);

  const judge = new Judge();
  const stack = await start();
  let failed;
  let counts;
  let over = false;
  const traffic = new SteadyClient(stack.proxyPort, hosts, (answer) => over || judge.record(answer));
  try {
    for (const line of parts(stack)) tell(line);
    tell("");
    await story({ stack, judge, traffic, tell, stop });
    if (process.stdout.isTTY) {
      tell("\nThat was the story. It goes on until you press Ctrl-C.");
      await new Promise((resolve) => stop.addEventListener("abort", resolve, { once: true }));
    }
  } catch (error) {
    failed = error.message;
  } finally {
    // What is under way now is cut off, and nobody's fault.
    over = true;
    traffic.stop();
    counts = await stack.counts().catch((error) => {
      failed ??= error.message;
      return { treeUpdates: null, addrUpdates: null, upstreamRequests: null };
    });
    await stack.close();
  }
  for (const example of judge.examples) tell(`not announced: ${example}`);
  if (failed !== undefined) tell(`the story failed: ${failed}`);
  tell(JSON.stringify({ requests: judge.answers, failures: judge.failures, ...counts }));
  return failed === undefined && judge.failures === 0 ? 0 : 1;
}
