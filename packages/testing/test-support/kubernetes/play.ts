import type { KubernetesFake } from "../../src/kubernetes/kubernetes-fake.js";
import type { GivenObject, ResourceName } from "../../src/kubernetes/objects.js";
import { type RecordedEvent, recording } from "./recording.js";

/** What of a fake is played on. */
type Played = Pick<KubernetesFake, "skipTo" | "apply" | "delete">;
type Recorded = RecordedEvent["object"];

export function resourceIn(path: string): ResourceName {
  return /(endpointslices|endpoints|services)/.exec(path)?.[1] as ResourceName;
}

export const byVersion = (a: Recorded, b: Recorded): number =>
  Number(a.metadata.resourceVersion) - Number(b.metadata.resourceVersion);

/** Puts an object in as it was, with its version. */
export function put(fake: Played, resource: ResourceName, object: Recorded): void {
  fake.skipTo(Number(object.metadata.resourceVersion) - 1);
  const { resourceVersion: _, ...metadata } = object.metadata;
  fake.apply(resource, { ...object, metadata } as GivenObject);
}

/** What was there when most lists were recorded: the namespace prod. */
export function prod(fake: Played, version = 302): void {
  const names = ["endpoints-list", "endpointslices-list", "services-list"];
  const objects = names.flatMap((name) => {
    const { request, response } = recording(name);
    const { items } = JSON.parse(response.body ?? "{}") as { items: Recorded[] };
    return items.map((object) => ({ resource: resourceIn(request.path), object }));
  });
  for (const { resource, object } of objects.sort((a, b) => byVersion(a.object, b.object))) {
    put(fake, resource, object);
  }
  fake.skipTo(version);
}

/** Brings about what an event tells of. */
export function happen(fake: Played, resource: ResourceName, { type, object }: RecordedEvent): void {
  if (type === "ERROR") return;
  const { namespace, name } = object.metadata as unknown as { namespace: string; name: string };
  const version = Number(object.metadata.resourceVersion);
  fake.skipTo(type === "BOOKMARK" ? version : version - 1);
  if (type === "ADDED" || type === "MODIFIED") put(fake, resource, object);
  else if (type === "DELETED") fake.delete(resource, namespace, name);
}
