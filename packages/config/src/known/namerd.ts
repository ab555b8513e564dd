import { join } from "../document/node.js";
import type { FieldType } from "../fields/field.js";
import { readKind, shown } from "../fields/kinded.js";
import { wrongType } from "../fields/scalars.js";
import { suggestion } from "../suggest.js";

const KINDS = {
  storage: ["io.l5d.inMemory", "io.l5d.k8s", "io.l5d.zk", "io.l5d.etcd", "io.l5d.consul"],
  interface: ["io.l5d.thriftNameInterpreter", "io.l5d.mesh", "io.l5d.httpController", "io.l5d.destination"],
};

/** An entry of namerd's configuration: its kind is known, and that is all. */
export function notNamerd(what: keyof typeof KINDS): FieldType<undefined> {
  return {
    schema: { not: {} },
    read(node, path, reading) {
      if (node.type !== "map") return wrongType(node, path, "a mapping with a kind", reading);
      const kind = readKind(node, path, reading);
      if (kind === undefined) return undefined;
      const place = { offset: kind.offset, path: join(path, "kind") };
      if (KINDS[what].includes(kind.name))
        reading.reporter.error(
          "KIND_NOT_BUILT",
          place,
          `the ${what} ${kind.name} is namerd's, which is not built`,
          "give Linkerd's own configuration, with the dtab in its routers",
        );
      else
        reading.reporter.error(
          "KIND_UNKNOWN",
          place,
          `there is no ${what} of kind ${shown(kind.name)}`,
          suggestion(kind.name, KINDS[what]),
        );
      return undefined;
    },
  };
}
