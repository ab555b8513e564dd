import type { Listener } from "./conflicts.js";
import { entryOf, type MapNode } from "./document/node.js";
import type { Values } from "./fields/field.js";
import type { adminFields } from "./known/admin.js";
import type { AdminPlan } from "./plan.js";

export type ReadAdmin = Values<typeof adminFields>;

export function adminPlan({ tls, workerThreads: _, ...admin }: ReadAdmin): AdminPlan {
  return { ...admin, ...(tls === undefined || tls === "off" ? {} : { tls }) };
}

/** What the admin server listens on, with the places of its ports. */
export function adminListeners(root: MapNode, { ip, port, httpIdentifierPort }: ReadAdmin): readonly Listener[] {
  const admin = entryOf(root, "admin");
  const listener = (key: string, port: number, name: string): Listener => {
    const entry = admin?.value.type === "map" ? entryOf(admin.value, key) : undefined;
    const offset = entry?.value.start ?? admin?.keyAt ?? root.start;
    return { name, ip, port, place: { offset, path: `admin.${key}` } };
  };
  const identifier =
    httpIdentifierPort === undefined ? [] : [listener("httpIdentifierPort", httpIdentifierPort, "httpIdentifierPort")];
  return [listener("port", port, "admin"), ...identifier];
}
