import { type Dtab, messageOf, NamerError, NameTree, type Path, type SourceStatus } from "@namerkit/core";
import type { ClientEntry } from "./client-entry.js";
import { durationText } from "./duration-text.js";
import { type ClientErrorCode, NoEndpointsError } from "./errors.js";
import type { LiveBinding } from "./live-binding.js";

/** Core's codes that `acquire` rejects with as well. */
type Code = ClientErrorCode | "ABORTED" | "CLOSED";

/** What every failure's text may need. */
export interface FailureContext {
  readonly dtab: Dtab;
  readonly bindingTimeoutMs: number;
  readonly statusOf: ((name: Path, local: Dtab) => SourceStatus | undefined) | undefined;
}

export function bindFailed(binding: LiveBinding): NamerError {
  const { error, path } = binding;
  return failure("CLIENT_BIND_FAILED", `Unable to resolve name: ${path.show()}: ${messageOf(error)}`, error);
}

export function addressesFailed(binding: LiveBinding, client: ClientEntry): NamerError {
  const text = `Unable to resolve addresses of ${client.id.show()} for name: ${binding.path.show()}`;
  return failure("CLIENT_BIND_FAILED", `${text}: ${messageOf(client.error)}`, client.error);
}

export function noRoute(binding: LiveBinding): NamerError {
  return failure("CLIENT_NO_ROUTE", `Nothing is bound to name: ${binding.path.show()} (${treeText(binding)})`);
}

export function noEndpoints(binding: LiveBinding, client: ClientEntry, { dtab }: FailureContext): NamerError {
  const dtabs = `Dtab.base=[${dtab.show()}], Dtab.local=[${binding.local.show()}]`;
  return new NoEndpointsError(client.id, `No hosts are available for ${client.id.show()}, ${dtabs}`);
}

/** Linkerd's text, then what the catalogue said last, if anything. `client`: the one whose addresses were waited for. */
export function timedOut(binding: LiveBinding, client: ClientEntry | undefined, context: FailureContext): NamerError {
  const name = `name: ${binding.path.show()}`;
  const doing = client === undefined ? `resolving ${name}` : `connecting to ${treeText(binding)} for ${name}`;
  const text = `Exceeded ${durationText(context.bindingTimeoutMs)} binding timeout while ${doing}`;
  const last = lastErrorOf(client === undefined ? binding.path : client.id, binding.local, context);
  return failure("CLIENT_BINDING_TIMEOUT", last === undefined ? text : `${text} (last error: ${last})`);
}

export function tooManyWaiting(path: Path, limit: number): NamerError {
  const text = `${limit} requests are waiting to be bound already; refused one more for name: ${path.show()}`;
  return failure("CLIENT_TOO_MANY_WAITING", text);
}

export function aborted(path: Path, reason: unknown): NamerError {
  return failure("ABORTED", `aborted while binding name: ${path.show()}`, reason);
}

export function closedClient(path: Path): NamerError {
  return failure("CLOSED", `the name client is closed; it no longer binds name: ${path.show()}`);
}

function failure(code: Code, message: string, cause?: unknown): NamerError {
  return new NamerError(code, message, cause === undefined ? {} : { cause });
}

/** The bound tree with ids and residuals written as one path each. */
function treeText({ tree }: LiveBinding): string {
  if (tree === undefined) return "~";
  return NameTree.show(NameTree.map(tree, (name) => name.id.concat(name.residual)));
}

/** A status that cannot be had is no reason to lose the error it was meant for. */
function lastErrorOf(name: Path, local: Dtab, { statusOf }: FailureContext): string | undefined {
  try {
    return statusOf?.(name, local)?.lastError?.message;
  } catch (thrown) {
    return `no status: ${messageOf(thrown)}`;
  }
}
