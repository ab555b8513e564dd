import { closedAlready, type Found, NamerError, type PluginEnv, type WatchContext, watchEach } from "@namerkit/core";
import type { SourceSettings, Subject } from "../src/scenarios.js";
import { type HttpBackend, TOKEN } from "./http-backend.js";
import { type Answer, ask, httpSubject, read } from "./http-namer.js";
import type { Mutant } from "./mutant.js";

interface Asking {
  readonly service: string;
  readonly env: PluginEnv;
  readonly context: WatchContext;
  /** Asks for the service; with an index, to be told when it has another one. */
  poll(index: string): Promise<Answer>;
}

type Watching = (asking: Asking) => AsyncIterable<Found>;

/** The good namer's watch. */
async function* good({ poll, context }: Asking): AsyncGenerator<Found> {
  for (let index = ""; ; ) {
    const answer = await poll(index);
    index = answer.index;
    yield found(answer, context);
  }
}

function found({ status, text }: Answer, { count }: WatchContext): Found {
  return status === 404 ? undefined : read("the catalogue", text, count);
}

interface Breaking {
  readonly watch?: Watching;
  readonly settings?: (settings: SourceSettings) => object;
  readonly env?: (env: PluginEnv) => PluginEnv;
  /** The signal that requests are given. */
  readonly signal?: (signal: AbortSignal) => AbortSignal;
  /** What requests measure their deadline by. */
  readonly deadlines?: (env: PluginEnv) => PluginEnv;
}

/** The namer over HTTP, with a part of it put wrong. */
function subject(breaking: Breaking): Subject {
  const same = <T>(value: T): T => value;
  const { watch = good, settings: options = same, env: outer = same, signal = same, deadlines = same } = breaking;
  const broken: Subject<HttpBackend> = {
    ...httpSubject,
    create: (at, settings, given) => {
      const env = outer(given);
      return watchEach(env, {
        segments: ["service"],
        options: options(settings),
        canonical: ({ service }) => ({ service: service.toLowerCase() }),
        reject: ({ service }) => (/^[a-z0-9-]+$/.test(service) ? undefined : "neg"),
        watch: ({ service }, context) => {
          const poll = (index: string): Promise<Answer> => {
            const url = `http://${at.host}:${at.port}/v1/services/${service}?wait=30&index=${index}`;
            context.request(`GET ${url}`);
            return ask(url, TOKEN, deadlines(env), signal(context.signal));
          };
          return watch({ service, env, context, poll });
        },
      });
    },
  };
  return broken as Subject<never> as Subject;
}

export const brokenOverHttp: readonly Mutant[] = [
  {
    name: "asks again at once, when nothing has changed",
    subject: subject({
      async *watch({ poll, context }) {
        for (let index = ""; ; ) {
          const answer = await poll(index);
          if (answer.index === index) continue;
          index = answer.index;
          yield found(answer, context);
        }
      },
    }),
    fails: ["pacing.instant", "after.instant-answers"],
    also: /^start\.instant-answers$/,
    says: /no more than \d+ requests in [\d.]+ s\nseen: {5}\d{3,}|no busy loop/,
  },
  {
    name: "tries again at once, when it has failed",
    subject: subject({
      async *watch(asking) {
        for (;;)
          try {
            yield* good(asking);
          } catch {
            asking.context.signal.throwIfAborted();
          }
      },
    }),
    fails: ["start.500", "after.500", "pacing.back-off", "pacing.retry-after-429"],
    also: /^(start|after|pacing|pending|last-good|closing|secrets|observability|warm-start)\./,
    says: /no more than \d+ requests|no busy loop|statusOf has the cause/,
  },
  {
    name: "lets requests go on when it is closed",
    subject: subject({ signal: () => new AbortController().signal }),
    fails: ["closing.headers", "closing.polling", "closing.mid-body", "closing.connected"],
    also: /./,
    says: /nothing is open any more after the last observer has gone, within 0\.5 s\nseen: {5}1 open connections/,
  },
  {
    name: "polls without a deadline",
    subject: subject({
      deadlines: (env) => ({ ...env, clock: { ...env.clock, after: () => closedAlready } as PluginEnv["clock"] }),
    }),
    fails: ["after.half-open", "after.hang", "after.hang-mid-body"],
    also: /^(start\.(hang|half-open|trickle|slow-headers)|after\.(trickle|slow-headers)|pending\.silence)/,
    says: /statusOf says stale, within 60 s\nseen: {5}\{"state":"live"/,
  },
  {
    name: "repeats in its errors what the server has said",
    subject: subject({
      async *watch(asking) {
        try {
          yield* good(asking);
        } catch (error) {
          const { code, retryAfterMs = 0 } = error as NamerError;
          throw new NamerError(code, `${(error as Error).message}: it said: Bearer ${TOKEN}`, { retryAfterMs });
        }
      },
    }),
    fails: ["secrets.nowhere"],
    also: /^start\./,
    says: /no secret in log while the server answers with 401, and repeats what it was sent/,
  },
  {
    name: "takes whatever it does not understand for an empty service",
    subject: subject({
      async *watch(asking) {
        try {
          yield* good(asking);
        } catch (error) {
          if ((error as NamerError).code !== "NAMER_ANSWER") throw error;
          yield undefined;
        }
      },
    }),
    fails: ["start.html-page", "after.html-page", "after.empty-body", "after.half-of-the-json"],
    also: /^(start|after)\.(gibberish|wrong-shape|empty-body|half-of-the-json|huge|reset-mid-body|truncate|hang-mid-body)|^secrets/,
    says: /is \/\^failed\/, within 4 s\nseen: {5}neg/,
  },
  {
    name: "takes every failure for an empty service",
    subject: subject({
      async *watch(asking) {
        try {
          yield* good(asking);
        } catch {
          yield undefined;
        }
      },
    }),
    fails: ["start.refused", "after.refused", "after.500", "last-good.restart", "pending.cause"],
    also: /^(start|after|pending|last-good|pacing|observability|secrets|warm-start)\./,
    says: /trees before firstAnswerMs: \[pending\]\nseen: {5}\[pending \| neg\]/,
  },
  {
    name: "does not hear how long it is asked to wait",
    subject: subject({
      async *watch(asking) {
        try {
          yield* good(asking);
        } catch (error) {
          throw new NamerError((error as NamerError).code, (error as NamerError).message);
        }
      },
    }),
    fails: ["pacing.retry-after-429", "pacing.retry-after-503", "pacing.retry-after-for-ever"],
    says: /requests in 28 s after being asked to wait for longer: 0/,
  },
  {
    name: "draws no lots",
    subject: subject({ env: (env) => ({ ...env, random: () => 0.5 }) }),
    fails: ["pacing.jitter"],
    says: /other pauses for another draw/,
  },
  {
    name: "remembers an index whose answer it could not fetch",
    subject: subject({ watch: swallowing() }),
    fails: ["last-good.swallowed-change"],
    also: /^(after|last-good|names|closing|eviction|pacing|parsing|emptiness|start|secrets|observability|pending|warm-start)\./,
    says: /has 10\.0\.0\.2:80/,
  },
  {
    name: "waits for ever before it says why there is no answer",
    subject: subject({ settings: (settings) => ({ ...settings, firstAnswerMs: 3_600_000 }) }),
    fails: ["pending.silence", "pending.cause", "start.refused", "start.500"],
    also: /^(start|pending|warm-start)\./,
    says: /is \/\^failed\/, within 1\.2 s\nseen: {5}pending/,
  },
];

/** Two requests for each change, of which the second may fail without anybody noticing. */
function swallowing(): Watching {
  const known = new WeakMap<PluginEnv, Map<string, string>>();
  return async function* ({ service, env, context, poll }) {
    const indexes = known.get(env) ?? new Map<string, string>();
    known.set(env, indexes);
    for (;;) {
      const change = await poll(indexes.get(service) ?? "");
      indexes.set(service, change.index);
      const answer = await poll("").catch(() => undefined);
      if (answer === undefined) await context.pace();
      else yield found(answer, context);
    }
  };
}
