import type { ClientState } from "@namerkit/client";
import type { Clock, Interpreter, MountedNamer, Path } from "@namerkit/core";
import { type AdminPage, json, jsonError } from "./answer.js";

const limitMs = 2_000;

/** /bound-names.json: every name that the namers know now. A namer that does not answer in time is left out. */
export function boundNamesPage(mounted: readonly MountedNamer[], clock: Clock): AdminPage {
  return {
    path: "/bound-names.json",
    methods: ["GET"],
    about: "names that namers know",
    handle: async ({ signal }) => {
      const names = new Set<string>();
      await Promise.all(
        mounted.map(async ({ prefix, namer }) => {
          for (const path of await enumerated(namer, clock, signal)) names.add(prefix.concat(path).show());
        }),
      );
      return json(200, [...names].sort());
    },
  };
}

async function enumerated(namer: MountedNamer["namer"], clock: Clock, outer: AbortSignal): Promise<readonly Path[]> {
  const activity = namer.enumerate?.();
  if (activity === undefined) return [];
  const stop = new AbortController();
  const timer = clock.after(limitMs, () => stop.abort());
  try {
    return await activity.toPromise({ signal: AbortSignal.any([outer, stop.signal]) });
  } catch {
    // What the namer's trouble is, its state page and the log say.
    return [];
  } finally {
    timer.close();
  }
}

/** /client_state.json: the addresses of every client there is now. */
export function clientStatePage(states: () => Promise<Iterable<Readonly<Record<string, ClientState>>>>): AdminPage {
  return {
    path: "/client_state.json",
    methods: ["GET"],
    about: "addresses by client",
    handle: async () => json(200, Object.assign(Object.create(null), ...(await states()))),
  };
}

/** /namer_state/<prefix>.json: what a namer says of its watches. */
export function namerStatePage(mounted: readonly MountedNamer[]): AdminPage {
  return {
    path: "/namer_state/",
    prefix: true,
    methods: ["GET"],
    about: "state of a namer, such as /namer_state/io.l5d.rancher.json",
    handle: ({ path }) => {
      const wanted = /^\/namer_state\/(.+)\.json$/.exec(path)?.[1];
      const found = mounted.filter(({ prefix }) => prefix.show() === `/#/${wanted}`);
      if (found.length === 0) return jsonError(404, "NOT_FOUND", `No such namer: ${wanted ?? path}`);
      const states = found.map(({ namer }) => namer.state?.() ?? {});
      return json(200, states.length === 1 ? states[0] : states);
    },
  };
}

/** /<router>/interpreter_state/<kind>.json: what a router's interpreter goes by beside the dtab. Kinds are in any case, as Linkerd has them. */
export function interpreterStatePages(
  routers: readonly { readonly label: string; readonly kind: string; readonly interpreter: Interpreter }[],
): readonly AdminPage[] {
  return routers.flatMap(({ label, kind, interpreter }) => {
    if (interpreter.state === undefined) return [];
    // Labels such as /http-consul are in use.
    const folder = `/${label.replace(/^\/+/, "")}/interpreter_state/`;
    return {
      path: folder,
      prefix: true,
      methods: ["GET"],
      about: `state of the interpreter: ${folder}${kind}.json`,
      handle: ({ path }) => {
        const wanted = path.slice(folder.length);
        if (wanted.toLowerCase() === `${kind}.json`.toLowerCase()) return json(200, interpreter.state?.());
        return jsonError(404, "NOT_FOUND", `No such interpreter: ${wanted}; it is ${kind}.json`);
      },
    };
  });
}
