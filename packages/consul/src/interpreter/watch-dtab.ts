import { Dtab, isNamerError, NamerError, Path, type WatchContext } from "@namerkit/core";
import type { ConsulInterpreterConfig } from "../config/interpreter-config.js";
import { BlockingQuery, type BlockingQueryEnv } from "../query/blocking-query.js";
import { disbelief } from "../query/doubt.js";
import { meant, mustBeWhole } from "../query/meaning.js";
import type { Place } from "../query/place.js";
import type { ConsulAnswer, ConsulTransport } from "../transport/transport.js";
import { readDtab } from "./dtab-text.js";

export interface DtabEnv extends BlockingQueryEnv {
  readonly transport: Pick<ConsulTransport, "get" | "waitMs" | "hold">;
}

/** The dtab under one key. A key that is not there is an empty dtab, as it is to Linkerd. */
export class DtabKey {
  /** For people: consul:namerd/dtabs/default. */
  readonly shown: string;
  readonly #env: DtabEnv;
  readonly #question: string;
  /** Where the text is that is no dtab: it need not be read again before it has changed. */
  #useless: Place;

  constructor(env: DtabEnv, { pathPrefix, namespace, datacenter }: DtabPlace) {
    const prefix = Path.parse(pathPrefix);
    const parts = [...Array.from({ length: prefix.size }, (_, i) => prefix.at(i)), namespace];
    this.#env = env;
    this.shown = `consul:${parts.join("/")}`;
    const key = parts.map(encodeURIComponent).join("/");
    this.#question = `/v1/kv/${key}?raw${datacenter === undefined ? "" : `&dc=${encodeURIComponent(datacenter)}`}`;
  }

  async *watch(context: WatchContext): AsyncGenerator<Dtab, never, undefined> {
    const { transport } = this.#env;
    transport.hold(context.signal);
    let place: Place;
    const from = this.#useless;
    this.#useless = undefined;
    const answers = new BlockingQuery(this.#env, context, {
      question: this.#question,
      expect: [404],
      ...(from !== undefined && { from }),
      at: (next) => {
        place = next;
      },
    });
    try {
      for (;;) yield await answers.next().then((answer) => this.#read(answer));
    } catch (thrown) {
      if (isNamerError(thrown) && thrown.code === "NAMER_ANSWER") this.#useless = place;
      throw meant(thrown);
    }
  }

  #read(answer: ConsulAnswer): Dtab {
    if (answer.status !== 404) mustBeWhole(answer);
    const dtab = answer.status === 404 ? Dtab.empty : readDtab(answer.text(), this.shown);
    const doubt = disbelief(answer, dtab.entries.length);
    if (doubt === undefined) return dtab;
    const what = answer.status === 404 ? "the key is not there" : "there is nothing in it";
    throw new NamerError("NAMER_UNAVAILABLE", `${answer.request}: ${doubt}, and says that ${what}`);
  }
}

export type DtabPlace = Pick<ConsulInterpreterConfig, "pathPrefix" | "namespace" | "datacenter">;
