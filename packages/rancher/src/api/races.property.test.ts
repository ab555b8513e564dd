import { NamerError, silentLog, systemClock, type WatchContext } from "@namerkit/core";
import { mswDispatcher } from "@namerkit/testing/msw";
import fc from "fast-check";
import { HttpResponse, http } from "msw";
import { describe, expect, it } from "vitest";
import { Reading, type Said, show } from "../../test-support/catalogue.js";
import { askable, listIn, sequences } from "../../test-support/worlds.js";
import type { Catalogue } from "../catalogue/catalogue.js";
import { EndpointBook } from "../catalogue/endpoints.js";
import { checkOptions } from "../config.js";
import { Ports } from "../ports.js";
import { MetadataApi } from "./metadata-api.js";

/** What happens to the server before it answers one request. */
const events = ["nothing", "nothing", "nothing", "next", "next", "same", "unload", "load", "reset", "broken"] as const;
type Event = (typeof events)[number];

/** A metadata API that changes, loses its data, and breaks, at the very requests that a plan says; and is quiet when the plan is over. */
class MovingServer {
  /** Resolves when the plan is over and the namer waits for another version. */
  readonly quiet: Promise<void>;
  readonly #worlds: readonly Said[];
  readonly #plan: Event[];
  #at = 0;
  #loaded = true;
  #version = 0;
  #isQuiet: () => void = () => {};

  constructor(worlds: readonly Said[], plan: readonly Event[]) {
    this.#worlds = worlds;
    this.#plan = [...plan];
    this.quiet = new Promise((resolve) => {
      this.#isQuiet = resolve;
    });
  }

  get world(): Said {
    return this.#worlds[this.#at] as Said;
  }

  async answer(url: URL): Promise<Response> {
    const event = this.#plan.shift() ?? (this.#loaded ? "nothing" : "load");
    if (event === "next") this.#at = Math.min(this.#at + 1, this.#worlds.length - 1);
    if (event === "next" || event === "same" || event === "load") this.#version++;
    if (event === "unload") this.#loaded = false;
    if (event === "load") this.#loaded = true;
    if (event === "reset") return HttpResponse.error();
    if (event === "broken") return new HttpResponse("broken", { status: 500 });
    const what = url.pathname.split("/").at(-1);
    if (!this.#loaded) return new HttpResponse("Not found", { status: 404 });
    if (what === "version") return this.#poll(url);
    if (what === "name") return new HttpResponse("a");
    const list = this.world[what as "containers" | "services" | "hosts"];
    if (list === undefined) return new HttpResponse("Not found", { status: 404 });
    return HttpResponse.json(shuffled(listIn(list)));
  }

  #poll({ searchParams }: URL): Promise<Response> | Response {
    const now = `v${this.#version}`;
    if (searchParams.get("wait") === "true" && searchParams.get("value") === now && this.#plan.length === 0) {
      this.#isQuiet();
      return new Promise<never>(() => {});
    }
    return new HttpResponse(now);
  }
}

function shuffled<T>(list: readonly T[]): readonly T[] {
  return [...list]
    .map((one) => [Math.random(), one] as const)
    .sort(([a], [b]) => a - b)
    .map(([, one]) => one);
}

const config = checkOptions({ hostLabels: ["zone"] });

/** Watches as a supervisor does, without its pauses, until the server is quiet: each catalogue, and how often it was read again first. */
async function watched(
  server: MovingServer,
  found: (catalogue: Catalogue, repeats: number) => Promise<void>,
): Promise<void> {
  const dispatcher = mswDispatcher([http.all("*", ({ request }) => server.answer(new URL(request.url)))]);
  const api = new MetadataApi({ clock: systemClock, log: silentLog, dispatcher }, config);
  const over = new AbortController();
  void server.quiet.then(() => over.abort());
  let repeats = 0;
  const count = (name: string): void => {
    if (name === "readings_repeated") repeats++;
  };
  while (!over.signal.aborted) {
    const controller = new AbortController();
    const signal = AbortSignal.any([over.signal, controller.signal]);
    const context: WatchContext = { signal, count, alive() {}, request() {}, async pace() {} };
    repeats = 0;
    try {
      for await (const catalogue of api.watch(context)) {
        await found(catalogue, repeats);
        repeats = 0;
      }
    } catch (error) {
      if (!(error instanceof NamerError || over.signal.aborted)) throw error;
    } finally {
      controller.abort();
    }
  }
}

describe("a server that moves, forgets and breaks at any request", () => {
  it("is believed only as it was at one moment, and in the end as it is", async () => {
    const plans = fc.array(fc.constantFrom(...events), { maxLength: 40 });
    await fc.assert(
      fc.asyncProperty(sequences, plans, async (worlds, plan) => {
        const endpoints = new EndpointBook(new Ports(), config);
        const said = (catalogue: Catalogue): string =>
          JSON.stringify([
            catalogue.toJSON(),
            askable.map(([name, port]) => endpoints.endpointsOf(catalogue.instancesOf(name), port).map(show).sort()),
          ]);
        const reading = new Reading({ hostLabels: ["zone"] });
        const moments: string[] = [];
        for (const { ownStack, ...lists } of worlds) {
          // Who has no services is not asked whose stack it is.
          const moment = lists.services === undefined || ownStack === undefined ? lists : { ...lists, ownStack };
          moments.push(said(await reading.read(moment)));
        }
        const server = new MovingServer(worlds, plan);
        let last: string | undefined;
        await watched(server, async (catalogue, repeats) => {
          last = said(catalogue);
          // Of a server that moves during each of three readings, the last is taken all the same.
          if (repeats < 2) expect(moments).toContain(last);
        });
        expect(last).toBe(moments[worlds.indexOf(server.world)]);
      }),
      { numRuns: 150 },
    );
  });
});
