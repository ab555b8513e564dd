import { encodeDelegateTree } from "@namerkit/core";
import { BindSession, bindOptions, bindPositionals } from "../bind/session.js";
import { showDelegation } from "../bind/show-delegation.js";
import { untilSettled } from "../bind/until-settled.js";
import { verdict } from "../bind/verdict.js";
import { type Command, parseCommand } from "./command.js";

export const delegateCommand: Command = {
  name: "delegate",
  usage: "delegate CONFIG PATH [--router LABEL] [--dtab DTAB] [--timeout MS] [--json]",
  summary: `Explains how a name resolves: every step, every alternative, with each namer's state, age and last error.
Exits as bind does. --json is what the admin interface answers at /delegator.json.`,
  async run(args, console) {
    const { values, positionals } = parseCommand(args, bindOptions, bindPositionals);
    using session = await BindSession.open(positionals, values, console);
    const { interpreter, mounted } = session.naming;
    // Bound first, and kept bound while it is explained, so that both ask the catalogue once.
    using _binding = session.observe(() => {});
    const { state, addrs } = await untilSettled(session);
    const signal = AbortSignal.timeout(session.timeoutMs);
    const tree = await interpreter.delegate(session.dtab, session.path, { signal });
    if (values.json) console.stdout.write(`${JSON.stringify(await encodeDelegateTree(tree, { signal }))}\n`);
    else console.stdout.write(showDelegation(tree, mounted));
    return verdict(state, addrs);
  },
};
