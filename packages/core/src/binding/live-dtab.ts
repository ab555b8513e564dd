import type { Dtab } from "../names/dtab.js";
import type { Activity } from "../values/activity.js";
import type { Interpreter } from "./namer.js";
import { settleTree } from "./settle.js";

/**
 * An interpreter with a dtab of its own that changes over time, such as a watched file. It comes before whatever dtab is bound with,
 * whose entries therefore win. While the own dtab is Pending or Failed, so is every binding: without it names could mean anything.
 */
export function withLiveDtab(interpreter: Interpreter, own: Activity<Dtab>): Interpreter {
  return {
    bind: (dtab, path, options) =>
      settleTree(own.flatMap((first) => interpreter.bind(first.concat(dtab), path, options))),
    async delegate(dtab, path, options = {}) {
      const first = await own.toPromise(options);
      return interpreter.delegate(first.concat(dtab), path, options);
    },
  };
}
