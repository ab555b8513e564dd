import { Dtab, isNamerError, NamerError, Path, type WatchContext } from "@namerkit/core";
import type { ConsulInterpreterConfig } from "../config/interpreter-config.js";
import { BlockingQuery, type BlockingQueryEnv } from "../query/blocking-query.js";
import { doubtOf } from "../query/doubt.js";
import { meant } from "../query/meaning.js";
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
  #known = false;

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
      for (;;) {
        const dtab = await answers.next().then((answer) => this.#read(answer));
        this.#known = true;
        yield dtab;
      }
    } catch (thrown) {
      if (isNamerError(thrown) && thrown.code === "NAMER_ANSWER") this.#useless = place;
      throw meant(thrown);
    }
  }

  #read(answer: ConsulAnswer): Dtab {
    if (answer.status !== 404) return readDtab(answer.text(), this.shown);
    const doubt = doubtOf(answer);
    if (doubt !== undefined && this.#known) {
      throw new NamerError("NAMER_UNAVAILABLE", `${answer.request}: ${doubt}, and says that the key is gone`);
    }
    return Dtab.empty;
  }
}

export type DtabPlace = Pick<ConsulInterpreterConfig, "pathPrefix" | "namespace" | "datacenter">;
