import type { Resource } from "../objects.js";
import { fieldSelector, labelSelector, type Matches } from "./selectors.js";

/** What is asked for, beside the resource. */
export interface Ask {
  readonly resource: Resource;
  readonly namespace: string | undefined;
  /** Of one object. */
  readonly name: string | undefined;
  readonly watch: boolean;
  readonly matches: Matches;
  /** Whether it selects. */
  readonly selects: boolean;
  readonly query: URLSearchParams;
}

/** Reads path and query. "group": no such group, or not in this version. "resource": nothing of this name in it. */
export function readAsk(target: string, resources: readonly Resource[]): Ask | "group" | "resource" | "selector" {
  const { pathname, searchParams: query } = new URL(target, "http://api");
  const found =
    /^\/(?:api|apis\/(?<group>[^/]+))\/(?<version>[^/]+)(?<watch>\/watch)?(?:\/namespaces\/(?<namespace>[^/]+))?\/(?<resource>[^/]+)(?:\/(?<name>[^/]+))?$/.exec(
      pathname,
    );
  const { group = "", version, namespace, resource: plural, name, watch } = found?.groups ?? {};
  const inGroup = resources.filter((one) => one.group === group && one.version === version);
  if (found === null || inGroup.length === 0) return "group";
  const resource = inGroup.find((one) => one.name === plural);
  if (resource === undefined) return "resource";
  const labels = labelSelector(query.get("labelSelector") ?? "");
  const fields = fieldSelector(query.get("fieldSelector") ?? "");
  if (labels === undefined || fields === undefined) return "selector";
  const old = watch !== undefined;
  const only = (matches: Matches): Matches => {
    return (object) =>
      (namespace === undefined || object.metadata.namespace === namespace) &&
      (!old || name === undefined || object.metadata.name === name) &&
      matches(object);
  };
  return {
    resource,
    namespace: namespace && decodeURIComponent(namespace),
    name: old ? undefined : name && decodeURIComponent(name),
    watch: old || (name === undefined && ["true", "1"].includes(query.get("watch") ?? "")),
    matches: only((object) => labels(object) && fields(object)),
    selects: query.has("labelSelector") || query.has("fieldSelector"),
    query,
  };
}

/** As the metadata of an object, or of a list, has it; undefined if it is not a number. Absent and empty: "none". */
export function versionIn(query: URLSearchParams): number | "none" | undefined {
  const text = query.get("resourceVersion") ?? "";
  if (text === "") return "none";
  return /^\d+$/.test(text) ? Number(text) : undefined;
}
