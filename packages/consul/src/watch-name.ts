import { type AddrMeta, type Found, messageOf, NamerError, type SourceStatus, type WatchContext } from "@namerkit/core";
import { oneLine } from "@namerkit/watch";
import type { AgentSelf } from "./agent/agent-self.js";
import type { ConsulConfig } from "./config/namer-config.js";
import { commonMeta, endpointsOf } from "./instances/endpoints.js";
import type { Instance } from "./instances/instance.js";
import { readInstances } from "./instances/read-instances.js";
import { authorityOf, isAuthority } from "./naming/authority.js";
import { LOCAL, type NameKey } from "./naming/names.js";
import { questionOf } from "./naming/question.js";
import { BlockingQuery, type BlockingQueryEnv, type QueryNotes } from "./query/blocking-query.js";
import { disbelief } from "./query/doubt.js";
import { isUnknownDatacenter, meant, mustBeWhole } from "./query/meaning.js";
import { PolledQuery } from "./query/polled-query.js";
import type { NameBook } from "./state/name-book.js";
import type { ConsulAnswer, ConsulTransport } from "./transport/transport.js";

/** How long a name waits for the agent to say who it is, where that is not essential. */
const SELF_MS = 2_000;

export interface WatchNameEnv extends BlockingQueryEnv {
  readonly config: ConsulConfig;
  readonly transport: Pick<ConsulTransport, "get" | "waitMs" | "hold" | "state">;
  readonly agent: AgentSelf;
}

/** One name, in one attempt. */
export interface WatchedName {
  readonly key: NameKey;
  readonly book: NameBook;
  /** Freshness up to now. */
  status(): SourceStatus | undefined;
  /** The attempt is over, by itself or because it was aborted. */
  over(byItself: boolean): void;
}

/** Watches one name. See `Watch` of core for what a yield and a throw mean. */
export async function* watchName(
  env: WatchNameEnv,
  name: WatchedName,
  context: WatchContext,
): AsyncGenerator<Found, never, undefined> {
  const { signal } = context;
  const { config, transport, agent } = env;
  const { key, book } = name;
  transport.hold(signal);
  const notes: QueryNotes = {
    asked: (request) => book.asked(request),
    answered: ({ epoch }) => agent.answeredBy(epoch),
  };
  try {
    if (needsSelf(key, config)) agent.hold(signal);
    const query = { ...notes, question: questionOf(key, config), expect: [404] };
    const answers = config.preparedQueries
      ? new PolledQuery(env, context, { ...query, intervalMs: config.queryIntervalMs })
      : new BlockingQuery(env, context, query);
    const read = (answer: ConsulAnswer): Promise<Found> => foundIn(answer, env, name, context);
    // The answer is in no variable of this frame, which lives on while the next one is waited for.
    for (;;) yield await answers.next().then(read);
  } catch (thrown) {
    if (signal.aborted) throw thrown;
    const error = meant(thrown);
    book.failed(messageOf(error));
    // There is no such thing; but what was there is not gone because a page is missing or a datacenter is out of reach.
    if (isAbsence(error) && nothingKnown(name.status())) yield undefined;
    throw error;
  } finally {
    // Not aborted yet: it is to be tried again, and what is known of the name is of use.
    name.over(!signal.aborted);
  }
}

async function foundIn(
  answer: ConsulAnswer,
  env: WatchNameEnv,
  { key, book }: WatchedName,
  context: WatchContext,
): Promise<Found> {
  const { config } = env;
  if (answer.status === 404) return missing(answer, config, book);
  mustBeWhole(answer);
  // It has been asked at the same time.
  if (needsSelf(key, config)) await env.agent.settled(SELF_MS, context.signal);
  const service = config.connect || config.preparedQueries ? undefined : key.service;
  const { instances, odd } = readInstances(answer.json(), {
    request: answer.request,
    service,
    portName: config.portName,
  });
  const { addresses, placeless } = endpointsOf(instances, config, isRemote(key, env));
  if (odd + placeless > 0) context.count("skipped", odd + placeless);
  const doubt = disbelief(answer, addresses.length, book.believed);
  if (doubt !== undefined) {
    context.count("doubted");
    const before = book.believed === undefined ? "" : ` of ${book.believed}`;
    const text = `${answer.request}: ${doubt}, and tells of ${addresses.length}${before} addresses`;
    throw new NamerError("NAMER_UNAVAILABLE", text);
  }
  book.filtered = "no";
  if (addresses.length === 0) heedAcl(answer, env, book, context);
  book.answered(answer, instances);
  book.believed = addresses.length;
  return { addresses, meta: metaOf(key, instances, env) };
}

/**
 * A prepared query is gone if Consul says so in its own words. Of services it never does: that is somebody else, or a Consul without
 * this API.
 */
function missing(answer: ConsulAnswer, config: ConsulConfig, book: NameBook): undefined {
  if (!config.preparedQueries || !/query not found/i.test(answer.text())) throw new Absence(answer);
  book.answered(answer, []);
  book.believed = 0;
  return undefined;
}

class Absence extends NamerError {
  constructor(answer: ConsulAnswer) {
    const said = oneLine(answer.text().trim(), 200);
    super("NAMER_UNAVAILABLE", `${answer.request}: status 404${said && `: ${said}`}`);
  }
}

function isAbsence(error: unknown): boolean {
  return error instanceof Absence || isUnknownDatacenter(error);
}

/** Neither from Consul nor from the file that remembers. */
function nothingKnown(status: SourceStatus | undefined): boolean {
  return status === undefined || (status.firstContactAt === undefined && status.state === "connecting");
}

function needsSelf({ dc }: NameKey, { setHost, remoteAddresses }: ConsulConfig): boolean {
  return setHost || (remoteAddresses === "wan" && dc !== LOCAL);
}

function isRemote({ dc }: NameKey, { config, agent }: WatchNameEnv): boolean {
  if (config.remoteAddresses === "lan" || dc === LOCAL) return false;
  // The other addresses may lead somewhere else altogether.
  if (!agent.known)
    throw agent.error ?? new NamerError("NAMER_UNAVAILABLE", "the agent has not said which datacenter it is in");
  return agent.self.datacenter !== dc;
}

function metaOf(key: NameKey, instances: readonly Instance[], { config, agent }: WatchNameEnv): AddrMeta {
  const meta = config.transferMetadata ? commonMeta(instances) : {};
  const authority = config.setHost ? authorityOf(key, agent.self, config) : meta["authority"];
  if (authority === undefined) return meta;
  const { authority: _, ...rest } = meta;
  return isAuthority(String(authority)) ? { ...rest, authority } : rest;
}

/**
 * An empty list may be one that was filtered by ACLs. A Consul that says so has refused; of one that would not say so the state tells,
 * since it looks the same as a service that does not exist.
 */
function heedAcl(answer: ConsulAnswer, env: WatchNameEnv, book: NameBook, context: WatchContext): void {
  if (answer.header("x-consul-results-filtered-by-acls")?.toLowerCase() === "true") {
    context.count("filtered_by_acl");
    const text = `${answer.request}: the token may see none of the instances that there are`;
    throw new NamerError("NAMER_REFUSED", text);
  }
  if (env.transport.state().token !== "none") return;
  const policy = answer.header("x-consul-default-acl-policy");
  book.filtered = policy === undefined ? "perhaps" : policy === "deny" ? "yes" : "no";
  // Before 1.15; what tells whether ACLs are on is that the agent does not speak to strangers.
  if (book.filtered === "perhaps") env.agent.hold(context.signal);
}
