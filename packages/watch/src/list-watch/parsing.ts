import type { HttpAnswer } from "../answer.js";
import { parseJson } from "../json.js";
import { PartialJson } from "../partial-json/partial-json.js";
import { bothShapes, type JsonShape } from "../partial-json/shape.js";
import { type ListPage, listPage } from "./objects.js";

/** What is looked at in each object, whatever is kept of it, and in a Status. */
const OBJECT: JsonShape = {
  metadata: { name: true, namespace: true, resourceVersion: true, annotations: { "k8s.io/initial-events-end": true } },
  ...{ code: true, reason: true, message: true },
};

const utf8 = new TextDecoder("utf-8", { ignoreBOM: true });

/** Parses lists and events, and of their objects no more than is needed. */
export class Parsing {
  readonly #lists: PartialJson | undefined;
  readonly #events: PartialJson | undefined;

  /** `fields`: what is kept of an object is made of these. */
  constructor(fields: JsonShape) {
    if (fields === true) return;
    const object = bothShapes(OBJECT, fields);
    this.#lists = new PartialJson({ metadata: { resourceVersion: true, continue: true }, items: [object] });
    this.#events = new PartialJson({ type: true, object });
  }

  /** A page of a list. `each` is given its objects; if this throws, what it was given is worth nothing. @throws NamerError NAMER_ANSWER */
  list(answer: HttpAnswer, each: (object: unknown) => void): ListPage {
    const partial = this.#lists?.parse(answer.body, each);
    if (partial !== undefined) return listPage(partial, answer.request);
    const page = listPage(answer.json(), answer.request);
    for (const object of page.items) each(object);
    return page;
  }

  /** @throws NamerError NAMER_ANSWER */
  event(line: Uint8Array, request: string): unknown {
    return this.#events?.parse(line) ?? parseJson(utf8.decode(line), request);
  }
}
