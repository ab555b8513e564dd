import type { JsonShape } from "@namerkit/watch";
import { isObject, type Json, objectIn, objectsIn, portIn, textIn } from "./fields.js";

export interface ServicePort {
  /** Empty where there is only one. */
  readonly name: string;
  readonly port: number;
}

/** What is kept of a Service. */
export interface Service {
  /** TCP only. */
  readonly ports: readonly ServicePort[];
  /** The host that the service is another name for (type ExternalName). */
  readonly externalName: string | undefined;
  /** Where a load balancer takes its traffic: addresses and host names. */
  readonly ingress: readonly Ingress[];
}

export type Ingress = { readonly ip: string } | { readonly host: string };

/** What `readService` looks at. */
export const SERVICE_FIELDS: JsonShape = {
  spec: { type: true, externalName: true, ports: [{ name: true, protocol: true, port: true }] },
  status: { loadBalancer: { ingress: [{ ip: true, hostname: true }] } },
};

/** A Service. https://kubernetes.io/docs/reference/kubernetes-api/service-resources/service-v1/ */
export function readService(object: unknown): Service | undefined {
  if (!isObject(object)) return undefined;
  const spec = objectIn(object, "spec");
  const ports = objectsIn(spec, "ports").flatMap((one): ServicePort[] => {
    const port = portIn(one, "port");
    return port === undefined || (textIn(one, "protocol") ?? "TCP") !== "TCP"
      ? []
      : [{ name: textIn(one, "name") ?? "", port }];
  });
  const external = textIn(spec, "type") === "ExternalName" ? textIn(spec, "externalName") : undefined;
  const status = objectIn(objectIn(object, "status"), "loadBalancer");
  return {
    ports,
    externalName: external === undefined || external === "" ? undefined : external.replace(/\.$/, ""),
    ingress: objectsIn(status, "ingress").flatMap(ingressIn),
  };
}

/** A host name where there is one: its addresses may change. */
function ingressIn(one: Json): Ingress[] {
  const host = textIn(one, "hostname");
  if (host !== undefined && host !== "") return [{ host }];
  const ip = textIn(one, "ip");
  return ip === undefined || ip === "" ? [] : [{ ip }];
}
