import { Gathering } from "./changes.js";
import { keyOf, type ListPage } from "./objects.js";
import type { Parsing } from "./parsing.js";
import { type Asking, isStatus, type Questions } from "./questions.js";

/** An API server whose store hangs gives up after 60 s; what it has to say then is not worth waiting for. */
const PAGE_MS = 30_000;
/** Of one answer, in bytes: far beyond 500 objects of the kinds that are watched. */
const PAGE_BYTES = 256 * 1024 * 1024;
/** How often a list may expire before its end, until it is asked for in one piece. */
const EXPIRIES = 2;

export interface Listed<T> {
  readonly items: Gathering<T>;
  readonly resourceVersion: string;
}

export interface ListOptions<T> {
  readonly pageSize: number;
  readonly read: (object: unknown) => T | undefined;
  readonly parsing: Parsing;
  readonly skipped: () => void;
  /** A page has come. */
  readonly alive: () => void;
}

/**
 * Everything in a collection, page by page, as it is now: without a resourceVersion, so that no lagging cache takes us back in time.
 * Only what `read` makes of an object is kept. A list that expires half way begins anew, in one piece if that happens again.
 */
export async function list<T>(questions: Questions, asking: Asking, options: ListOptions<T>): Promise<Listed<T>> {
  for (let expiries = 0; ; expiries++) {
    const limit = expiries < EXPIRIES ? String(options.pageSize) : undefined;
    const items = new Gathering<T>();
    let next = "";
    try {
      for (;;) {
        const take = (object: unknown): void => gather(object, items, options);
        const page = await pageOf(questions, asking, options.parsing, { limit, continue: next }, take);
        options.alive();
        if (page.next === "") return { items, resourceVersion: page.resourceVersion };
        next = page.next;
      }
    } catch (thrown) {
      if (next === "" || !isStatus(thrown, 410)) throw thrown;
    }
  }
}

/** Where the collection is now, without reading it. */
export async function resourceVersionNow(questions: Questions, asking: Asking, parsing: Parsing): Promise<string> {
  return (await pageOf(questions, asking, parsing, { limit: "1" }, () => {})).resourceVersion;
}

async function pageOf(
  questions: Questions,
  asking: Asking,
  parsing: Parsing,
  query: Record<string, string | undefined>,
  each: (object: unknown) => void,
): Promise<ListPage> {
  const answer = await questions.ask(query, asking, { deadlineMs: PAGE_MS, maxBytes: PAGE_BYTES });
  return parsing.list(answer, each);
}

function gather<T>(object: unknown, items: Gathering<T>, { read, skipped }: ListOptions<T>): void {
  const key = keyOf(object);
  const item = key === undefined ? undefined : read(object);
  if (key === undefined || item === undefined) skipped();
  else items.set(key, item);
}
