import type { InetResolver } from "../binding/namer.js";
import { type NamerError, toNamerError } from "../errors.js";
import { Addr, type Address, address, type HostAddress } from "../names/addr.js";
import { State } from "../values/state.js";
import { Var } from "../values/var.js";
import type { Bound, Hosted } from "./found.js";

/** The host names of one name, resolved. An answer that names a host again keeps its Var, and so the lookups that are under way. */
export class Hosts {
  readonly #inet: InetResolver;
  #vars: ReadonlyMap<string, Var<Addr>> = new Map();
  #last: { readonly hosted: Hosted; readonly resolved: Var<State<Bound | undefined>> } | undefined;

  constructor(inet: InetResolver) {
    this.#inet = inet;
  }

  /** The literal addresses of a set together with all that its hosts resolve to. The same Var for the same set. */
  resolve(hosted: Hosted): Var<State<Bound | undefined>> {
    if (this.#last?.hosted === hosted) return this.#last.resolved;
    const vars = new Map<string, Var<Addr>>();
    for (const host of hosted.hosts) {
      const key = `${host.host} ${host.port}`;
      if (!vars.has(key)) vars.set(key, this.#vars.get(key) ?? this.#ask(host));
    }
    this.#vars = vars;
    const addrs = hosted.hosts.map(({ host, port }) => vars.get(`${host} ${port}`) as Var<Addr>);
    const resolved = Var.collect(addrs).map((found) => united(hosted, found));
    this.#last = { hosted, resolved };
    return resolved;
  }

  #ask({ host, port }: HostAddress): Var<Addr> {
    try {
      return this.#inet(host, port);
    } catch (thrown) {
      return Var.value(Addr.failed(toNamerError(thrown, "BIND_THREW")));
    }
  }
}

/** What is there counts; where nothing is, what may still come counts more than what is broken, and that more than what is not. */
function united({ addresses, hosts, meta }: Hosted, found: readonly Addr[]): State<Bound | undefined> {
  const all = new Map<string, Address>();
  const add = (one: Address): void => {
    const key = `${one.ip} ${one.port}`;
    if (!all.has(key)) all.set(key, one);
  };
  for (const one of addresses) add(one);
  let pending = false;
  let error: NamerError | undefined;
  for (const [i, addr] of found.entries()) {
    if (addr.type === "bound") for (const one of addr.addresses) add(carrying(one, hosts[i] as HostAddress));
    else if (addr.type === "pending") pending = true;
    else if (addr.type === "failed") error ??= addr.error;
  }
  if (all.size > 0) return State.ok(Addr.bound([...all.values()], meta) as Bound);
  if (pending) return State.pending;
  return error === undefined ? State.ok(undefined) : State.failed(error);
}

function carrying({ ip, port }: Address, { weight, meta }: HostAddress): Address {
  return address(ip, port, { weight, meta });
}
