import { NamerError, type NamerErrorOptions } from "../src/errors.js";
import { fixedRandom } from "../src/source/fixed-random.js";
import { scriptedWatch } from "../src/source/scripted-watch.js";
import type { PartialSourceOptions } from "../src/source/source-options.js";
import { type SuperviseSpec, supervise } from "../src/source/supervise.js";
import { testEnv } from "../src/source/test-env.js";
import type { State } from "../src/values/state.js";

/** A supervised source whose watch does what the test says, by a clock turned by hand, with the longest back-off every time. */
export function supervised(options: PartialSourceOptions = {}, spec: SuperviseSpec<string> = {}) {
  const env = testEnv({ random: fixedRandom(0.999_999) });
  const script = scriptedWatch<string>(env.clock);
  const source = supervise(env, options, script.watch, spec);
  const observe = () => {
    const seen: string[] = [];
    const errors: NamerError[] = [];
    const handle = source.activity.run.observe((state) => {
      seen.push(shown(state));
      if (state.status === "failed") errors.push(state.error);
    });
    return { seen, errors, close: () => handle.close() };
  };
  return { ...env, source, observe, calls: script.calls, last: () => script.last };
}

/** A state in a word: pending, neg, the value, or the code of the failure. */
export function shown(state: State<string | undefined>): string {
  if (state.status === "ok") return state.value ?? "neg";
  return state.status === "failed" ? `failed ${state.error.code}` : "pending";
}

export const refused = (options: NamerErrorOptions = {}) =>
  new NamerError("NAMER_REFUSED", "401: no token, no answer", options);
export const down = (options: NamerErrorOptions = {}) =>
  new NamerError("NAMER_UNAVAILABLE", "connect ECONNREFUSED 192.0.2.1:80", options);
