import {
  type BackoffOptions,
  createInterpreter,
  Dtab,
  type Interpreter,
  type InterpreterEnv,
  supervise,
  withLiveDtab,
} from "@namerkit/core";
import type { ConsulInterpreterConfig } from "../config/interpreter-config.js";
import { createTransport } from "../transport/create-transport.js";
import { DtabKey } from "./watch-dtab.js";

/** No configuration makes attempts follow each other faster. */
const LEAST_PAUSE_MS = 100;

/** An interpreter that can say what dtab it has, and from when. */
export interface ConsulInterpreter extends Interpreter {
  state(): object;
}

/**
 * Binds by a dtab in Consul's key-value store, and follows it. Entries of the router's and of the request's dtab come after it, and so
 * win. The last dtab that could be read stays whatever happens to Consul or to the text.
 */
export function createConsulInterpreter(config: ConsulInterpreterConfig, env: InterpreterEnv): ConsulInterpreter {
  const { namers, inet, clock, random } = env;
  // Not the namespace: here that is Linkerd's, a part of the key.
  const { namespace: _, readConsistencyMode: consistencyMode, ...connection } = config;
  const transport = createTransport({ ...connection, consistencyMode }, env);
  const key = new DtabKey({ clock, random, transport }, config);
  const backoff = backoffOf(config.backoff);
  const { activity, status } = supervise<Dtab>(
    env,
    { ...config.source, ...(backoff && { backoff }) },
    (context) => key.watch(context),
    { equals: (a, b) => a.equals(b) },
  );
  let last: Dtab | undefined;
  const live = activity.map((dtab) => {
    last = dtab ?? Dtab.empty;
    return last;
  });
  const interpreter = withLiveDtab(createInterpreter({ namers, inet }), live);
  return {
    bind: (dtab, path, options) => interpreter.bind(dtab, path, options),
    delegate: (dtab, path, options) => interpreter.delegate(dtab, path, options),
    state: () => ({ key: key.shown, dtab: last?.show(), freshness: status.sample(), consul: transport.state() }),
  };
}

/** Linkerd's, as ours. Its default, a constant pause of nothing, would be a busy loop. */
function backoffOf(backoff: ConsulInterpreterConfig["backoff"]): Partial<BackoffOptions> | undefined {
  if (backoff === undefined) return undefined;
  const atLeast = (ms: number): number => Math.max(LEAST_PAUSE_MS, ms);
  if (backoff.kind === "constant") return { baseMs: atLeast(backoff.ms), capMs: atLeast(backoff.ms) };
  return { baseMs: atLeast(backoff.minMs), capMs: atLeast(Math.max(backoff.minMs, backoff.maxMs)) };
}
