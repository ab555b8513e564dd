import { NamerError } from "@namerkit/core";

/** A page of a list: GET …/endpointslices?limit=500. https://kubernetes.io/docs/reference/using-api/api-concepts/ */
export interface ListPage {
  /** Where a watch can begin that misses nothing; the same on all pages. */
  readonly resourceVersion: string;
  /** Asks for the next page; empty on the last. */
  readonly next: string;
  readonly items: readonly unknown[];
}

export type EventType = "ADDED" | "MODIFIED" | "DELETED" | "BOOKMARK" | "ERROR" | "unknown";

/** One line of a watch. */
export interface WatchEvent {
  readonly type: EventType;
  readonly object: Readonly<Record<string, unknown>>;
}

const types: ReadonlySet<string> = new Set(["ADDED", "MODIFIED", "DELETED", "BOOKMARK", "ERROR"]);

/** @throws NamerError NAMER_ANSWER */
export function listPage(json: unknown, request: string): ListPage {
  const metadata = isObject(json) && isObject(json["metadata"]) ? json["metadata"] : undefined;
  const items = isObject(json) ? (json["items"] ?? []) : undefined;
  const resourceVersion = metadata?.["resourceVersion"];
  if (typeof resourceVersion !== "string" || resourceVersion === "" || !Array.isArray(items)) {
    throw new NamerError("NAMER_ANSWER", `${request}: not a list: it has no items, or no metadata.resourceVersion`);
  }
  const next = metadata?.["continue"];
  return { resourceVersion, next: typeof next === "string" ? next : "", items };
}

/** @throws NamerError NAMER_ANSWER */
export function watchEvent(json: unknown, request: string): WatchEvent {
  if (!isObject(json) || typeof json["type"] !== "string" || !isObject(json["object"])) {
    throw new NamerError("NAMER_ANSWER", `${request}: not an event: it has no type, or no object`);
  }
  const { type, object } = json;
  return { type: types.has(type as string) ? (type as EventType) : "unknown", object: object as WatchEvent["object"] };
}

/** Empty if it has none. */
export function versionOf(object: WatchEvent["object"]): string {
  const version = metadataOf(object)["resourceVersion"];
  return typeof version === "string" ? version : "";
}

/** Unique in its collection: namespace and name; undefined if the object has no name. */
export function keyOf(object: unknown): string | undefined {
  if (!isObject(object)) return undefined;
  const { namespace, name } = metadataOf(object) as { namespace?: unknown; name?: unknown };
  if (typeof name !== "string" || name === "") return undefined;
  return typeof namespace === "string" ? `${namespace}/${name}` : name;
}

/** Whether it is the bookmark after the last object that there was when a watch with sendInitialEvents began. */
export function endsInitialEvents(object: WatchEvent["object"]): boolean {
  const annotations = metadataOf(object)["annotations"];
  return isObject(annotations) && annotations["k8s.io/initial-events-end"] === "true";
}

function metadataOf(object: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const { metadata } = object;
  return isObject(metadata) ? metadata : {};
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
