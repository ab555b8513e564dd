import type { Clock } from "@namerkit/core";
import type { Instance } from "../instances/instance.js";
import type { ConsulAnswer } from "../transport/transport.js";

const NOTE = "without a token Consul answers an empty list also where there are instances that must not be seen";

/** What was asked for one name and what came of it, for people; Linkerd's `poll`. Also what one attempt has to know of those before it. */
export class NameBook {
  readonly #clock: Pick<Clock, "wall">;
  #request: string | undefined;
  #requestAt: number | undefined;
  /** The instances as text, which takes a fraction of the memory, and is read only when somebody looks. */
  #nodes = "[]";
  #response: { readonly answer: AnswerNotes; readonly at: number } | undefined;
  #error: string | undefined;
  /** How many addresses were told last; undefined if none ever were. */
  believed: number | undefined;
  /** Whether the last answer may be empty because strangers are not told more. "perhaps": if the agent does not speak to us either. */
  filtered: "yes" | "perhaps" | "no" = "no";

  constructor(clock: Pick<Clock, "wall">) {
    this.#clock = clock;
  }

  asked(request: string): void {
    this.#request = request;
    this.#requestAt = this.#clock.wall();
  }

  answered(answer: ConsulAnswer, instances: readonly Instance[]): void {
    this.#error = undefined;
    this.#nodes = JSON.stringify(instances.map(nodeOf));
    this.#response = { answer: notesOf(answer), at: this.#clock.wall() };
  }

  failed(error: string): void {
    this.#error = error;
  }

  /** @param refused whether the agent does not speak to us */
  show(refused: boolean): object {
    const response = this.#response;
    const failing = this.#error !== undefined;
    return {
      request: this.#request,
      lastRequestAt: iso(this.#requestAt),
      ...(!failing && response && { response: { value: JSON.parse(this.#nodes), ...response.answer } }),
      lastResponseAt: iso(response?.at),
      error: this.#error,
      note: this.filtered === "yes" || (this.filtered === "perhaps" && refused) ? NOTE : undefined,
    };
  }
}

interface AnswerNotes {
  readonly index: string | undefined;
  readonly knownLeader: string | undefined;
  readonly lastContact: string | undefined;
  readonly effectiveConsistency: string | undefined;
  /** Of newer versions: "blocking-query" or "streaming". */
  readonly queryBackend: string | undefined;
}

function notesOf(answer: ConsulAnswer): AnswerNotes {
  return {
    index: noteIn(answer.index),
    knownLeader: noteIn(answer.header("x-consul-knownleader")),
    lastContact: noteIn(answer.header("x-consul-lastcontact")),
    effectiveConsistency: noteIn(answer.header("x-consul-effective-consistency")),
    queryBackend: noteIn(answer.header("x-consul-query-backend")),
  };
}

/** Words and numbers, as Consul has them; anything else, which may be long, or a token that somebody sends back, is not shown. */
function noteIn(header: string | undefined): string | undefined {
  return header === undefined || /^([a-z-]{1,20}|\d{1,20})$/i.test(header) ? header : "(not shown)";
}

/** In the words of Consul's catalogue, as Linkerd shows them. */
function nodeOf({ id, service, tags, address, port, meta, status, node }: Instance): object {
  return {
    Node: node.name,
    Address: node.address,
    ServiceID: id,
    ServiceName: service,
    ServiceTags: tags,
    ServiceAddress: address,
    ServicePort: port,
    ServiceMeta: meta,
    NodeMeta: node.meta,
    Status: status,
  };
}

function iso(at: number | undefined): string | undefined {
  return at === undefined ? undefined : new Date(at).toISOString();
}
