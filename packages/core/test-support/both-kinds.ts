import type { Namer } from "../src/binding/namer.js";
import type { Addr } from "../src/names/addr.js";
import { Path } from "../src/names/path.js";
import type { PluginEnv } from "../src/source/env.js";
import type { Found } from "../src/source/found.js";
import { type ScriptedWatch, scriptedWatch } from "../src/source/scripted-watch.js";
import type { PartialSourceOptions } from "../src/source/source-options.js";
import { watchAll } from "../src/source/watch-all.js";
import { watchEach } from "../src/source/watch-each.js";

/** The two ways of writing a namer; what both promise is tested with both. */
export type Kind = "watchEach" | "watchAll";
export const kinds: readonly Kind[] = ["watchEach", "watchAll"];

export interface OneName {
  readonly namer: Namer;
  readonly script: ScriptedWatch<Found>;
}

/** A namer of either kind, all of whose names have what the script says. */
export function oneName(kind: Kind, env: PluginEnv, options: PartialSourceOptions = {}): OneName {
  const script = scriptedWatch<Found>(env.clock);
  if (kind === "watchEach") {
    const namer = watchEach(env, { segments: ["name"], options, watch: (_, context) => script.watch(context) });
    return { namer, script };
  }
  const namer = watchAll<"name", { found: Found }>(env, {
    segments: ["name"],
    options,
    async *watch(context) {
      for await (const found of script.watch(context)) yield { found };
    },
    pick: ({ found }) => found,
  });
  return { namer, script };
}

export interface Client {
  /** Each tree that was seen: its type, "pending", or the code of the error. */
  readonly tree: string[];
  /** Each set of addresses that was seen behind the leaf, as ip:port*weight. */
  readonly addrs: string[];
  close(): void;
}

/** Observes a name as a proxy does: the tree, and the addresses of the leaf. */
export function client(namer: Namer, path = "/web"): Client {
  const tree: string[] = [];
  const addrs: string[] = [];
  let inner: Disposable | undefined;
  const outer = namer.lookup(Path.parse(path)).run.observe((state) => {
    tree.push(state.status === "ok" ? state.value.type : state.status === "failed" ? state.error.code : "pending");
    if (state.status !== "ok" || state.value.type !== "leaf" || state.value.value.type !== "bound") return;
    const old = inner;
    inner = state.value.value.addr.observe((addr) => addrs.push(shown(addr)));
    old?.[Symbol.dispose]();
  });
  const close = (): void => {
    outer.close();
    inner?.[Symbol.dispose]();
  };
  return { tree, addrs, close };
}

function shown(addr: Addr): string {
  if (addr.type !== "bound") return addr.type;
  return addr.addresses.map(({ ip, port, weight, meta: { zone } }) => `${ip}:${port}*${weight}${zone ?? ""}`).join(" ");
}
