import {
  Addr,
  type BoundName,
  decodeAddr,
  decodeTree,
  encodeAddr,
  encodeTree,
  messageOf,
  NamerError,
  NameTree,
  type Path,
  type SourceStatus,
  State,
  type Var,
} from "@namerkit/core";

/** What a worker asks of a name. Without a dtab: the router's own. `router` is the number of a generation. */
export interface BindTopic {
  readonly router: number;
  readonly bind: string;
  readonly dtab?: unknown;
  /** Whether the worker says which clients are unusable. */
  readonly failover: boolean;
}
/** The addresses of a leaf of such an answer, by the key that it has there. */
export interface AddrTopic {
  readonly addr: number;
}
/** What the primary asks in return: whether a client with this id can be used. */
export interface UsableTopic {
  readonly usable: string;
}

/** What is known of the catalogue's trouble, where there is no value to show. */
export interface Answer<T> {
  readonly value: T;
  readonly status?: SourceStatus | undefined;
}

interface ErrorJson {
  readonly code: string;
  readonly message: string;
  readonly final: boolean;
}

/** `keyOf` numbers the address Vars of the leaves, which follow in the order of `NameTree.leaves`. */
export function encodeState(
  { value: state, status }: Answer<State<NameTree<BoundName>>>,
  keyOf: (addr: Var<Addr>) => number,
): unknown {
  if (state.status === "ok") {
    return { tree: encodeTree(state.value), keys: NameTree.leaves(state.value).map(({ addr }) => keyOf(addr)) };
  }
  return state.status === "failed" ? { failed: encodeError(state.error), status } : { status };
}

export function decodeState(
  json: unknown,
  addrOf: (key: number, id: Path) => Var<Addr>,
): Answer<State<NameTree<BoundName>>> {
  const { tree, keys, failed, status } = json as {
    tree?: unknown;
    keys?: readonly number[];
    failed?: ErrorJson;
    status?: SourceStatus;
  };
  if (failed !== undefined) return { value: State.failed(decodeError(failed)), status };
  if (tree === undefined) return { value: State.pending, status };
  let leaf = 0;
  return { value: State.ok(decodeTree(tree, (id) => addrOf(keys?.[leaf++] ?? -1, id))) };
}

/** Several workers are told the same. */
const encoded = new WeakMap<Addr, unknown>();

export function encodeAnswer({ value: addr, status }: Answer<Addr>): unknown {
  if (addr.type === "failed") return { failed: encodeError(addr.error), status };
  let json = encoded.get(addr);
  if (json === undefined) {
    json = encodeAddr(addr);
    encoded.set(addr, json);
  }
  return { addr: json, status };
}

export function decodeAnswer(json: unknown): Answer<Addr> {
  const { addr, failed, status } = json as { addr?: unknown; failed?: ErrorJson; status?: SourceStatus };
  return { value: failed === undefined ? decodeAddr(addr) : Addr.failed(decodeError(failed)), status };
}

function encodeError(error: NamerError): ErrorJson {
  return { code: error.code, message: messageOf(error), final: error.final };
}

function decodeError({ code, message, final }: ErrorJson): NamerError {
  return new NamerError(code, message, { final });
}
