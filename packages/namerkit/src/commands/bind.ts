import { type Addr, type BoundName, encodeAddr, encodeTree, type NameTree, systemClock } from "@namerkit/core";
import { BindWatcher } from "../bind/bind-watcher.js";
import { showAddr, showTree } from "../bind/describe.js";
import { BindSession, bindOptions, bindPositionals } from "../bind/session.js";
import { untilSettled } from "../bind/until-settled.js";
import { verdict } from "../bind/verdict.js";
import { type Console, ExitCode } from "../console.js";
import { untilStopped } from "../stop-signal.js";
import { type Command, parseCommand } from "./command.js";

export const bindCommand: Command = {
  name: "bind",
  usage: "bind CONFIG PATH [--router LABEL] [--dtab DTAB] [--timeout MS] [--watch] [--json]",
  summary: `Resolves a name to live addresses, as the proxy would.
Exits with 0 if there is at least one address, 3 if the name leads nowhere, 1 if it failed, 4 if it is still pending
after --timeout (10,000 ms). With --watch it goes on, one line per change, until interrupted.`,
  async run(args, console) {
    const options = { ...bindOptions, watch: { type: "boolean", default: false } } as const;
    const { values, positionals } = parseCommand(args, options, bindPositionals);
    using session = await BindSession.open(positionals, values, console);
    const print = values.json ? jsonLines(console) : proseLines(console);
    return values.watch ? await follow(session, print, console) : await once(session, values.json, console);
  },
};

/** What one change looks like on stdout. */
interface Lines {
  tree(state: string, tree: NameTree<BoundName> | undefined, error: string | null): void;
  addr(id: string, addr: Addr): void;
}

function jsonLines(console: Console): Lines {
  const line = (event: object) => {
    const at = new Date(systemClock.wall()).toISOString();
    console.stdout.write(`${JSON.stringify({ at, ...event })}\n`);
  };
  return {
    tree: (state, tree, error) =>
      line({ event: "tree", state, tree: tree === undefined ? null : encodeTree(tree), error }),
    addr: (id, addr) => line({ event: "addr", id, addr: encodeAddr(addr) }),
  };
}

function proseLines(console: Console): Lines {
  return {
    tree: (state, tree, error) => {
      const what = tree === undefined ? state : showTree(tree);
      console.stdout.write(`${what}${error === null ? "" : `: ${error}`}\n`);
    },
    addr: (id, addr) => console.stdout.write(`  ${id}: ${showAddr(addr)}\n`),
  };
}

async function follow(session: BindSession, lines: Lines, console: Console): Promise<ExitCode> {
  using watcher = new BindWatcher(lines);
  using _binding = session.observe((state, cause) => watcher.update(state, cause));
  await untilStopped({ output: console.stdout });
  return ExitCode.ok;
}

async function once(session: BindSession, json: boolean, console: Console): Promise<ExitCode> {
  const { state, addrs, cause } = await untilSettled(session);
  const tree = state.status === "ok" ? state.value : undefined;
  const error = state.status === "failed" ? state.error.message : cause;
  if (json) {
    const encoded = Object.fromEntries([...addrs].map(([id, addr]) => [id, encodeAddr(addr)]));
    console.stdout.write(
      `${JSON.stringify({ state: state.status, tree: tree === undefined ? null : encodeTree(tree), error, addrs: encoded })}\n`,
    );
  } else {
    const lines = proseLines(console);
    lines.tree(state.status, tree, error);
    for (const [id, addr] of addrs) lines.addr(id, addr);
  }
  return verdict(state, addrs);
}
