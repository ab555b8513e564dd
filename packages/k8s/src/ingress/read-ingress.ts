import { isObject, type Json, objectIn, objectsIn, portIn, textIn } from "../objects/fields.js";

/** Where an ingress sends what matches. */
export interface IngressBackend {
  readonly service: string;
  /** By number or name, as it is written. */
  readonly port: string;
}

export interface IngressPath {
  /** Absent: any. Lower-case; may begin with "*.". */
  readonly host: string | undefined;
  readonly type: "Exact" | "Prefix" | "ImplementationSpecific";
  readonly path: string;
  readonly backend: IngressBackend;
}

/** What of an Ingress counts for routing. See https://kubernetes.io/docs/reference/kubernetes-api/service-resources/ingress-v1/ */
export interface Ingress {
  /** By ingressClassName or the older annotation; absent: anybody's. */
  readonly className: string | undefined;
  readonly paths: readonly IngressPath[];
  readonly fallback: IngressBackend | undefined;
}

const annotation = "kubernetes.io/ingress.class";

/** Undefined for what is no Ingress. Parts that cannot be understood are left out. */
export function readIngress(object: unknown): Ingress | undefined {
  if (!isObject(object)) return undefined;
  const spec = objectIn(object, "spec");
  const annotations = objectIn(objectIn(object, "metadata"), "annotations");
  return {
    className: textIn(spec, "ingressClassName") ?? textIn(annotations, annotation),
    paths: objectsIn(spec, "rules").flatMap(pathsOf),
    fallback: backendOf(objectIn(spec, "defaultBackend")),
  };
}

function pathsOf(rule: Json): readonly IngressPath[] {
  const host = textIn(rule, "host")?.toLowerCase();
  return objectsIn(objectIn(rule, "http"), "paths").flatMap((one) => {
    const backend = backendOf(objectIn(one, "backend"));
    const type = textIn(one, "pathType") ?? "ImplementationSpecific";
    if (backend === undefined || !isType(type)) return [];
    return { host: host === "" ? undefined : host, type, path: textIn(one, "path") ?? "", backend };
  });
}

function isType(type: string): type is IngressPath["type"] {
  return type === "Exact" || type === "Prefix" || type === "ImplementationSpecific";
}

/** A backend may also be another resource: nothing to route to. */
function backendOf(backend: Json): IngressBackend | undefined {
  const service = objectIn(backend, "service");
  const name = textIn(service, "name");
  const port = objectIn(service, "port");
  const which = textIn(port, "name") ?? portIn(port, "number")?.toString();
  return name === undefined || which === undefined ? undefined : { service: name, port: which };
}
