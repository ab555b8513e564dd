/** The parts of a name, in the order of its path; those that a kind does not have are left out. */
export type Segment = "namespace" | "port" | "service" | "label";
export type NameKey = {
  readonly namespace?: string;
  readonly port: string;
  readonly service: string;
  readonly label?: string;
};

export function segmentsOf({
  fixedNamespace,
  labelled,
}: {
  fixedNamespace: boolean;
  labelled: boolean;
}): readonly Segment[] {
  const segments: Segment[] = fixedNamespace ? ["port", "service"] : ["namespace", "port", "service"];
  return labelled ? [...segments, "label"] : segments;
}

/** Kubernetes has no upper case in namespaces, services, and names of ports. Values of labels it does. */
export function canonical(key: NameKey): NameKey {
  const { namespace, port, service } = key;
  return {
    ...key,
    ...(namespace !== undefined && { namespace: lowerCase(namespace) }),
    port: lowerCase(port),
    service: lowerCase(service),
  };
}

/** RFC 1123: what can be the name of a namespace or of a service. Of pods the host name stands before that of the service. */
const dnsLabel = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;
/** https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#syntax-and-character-set */
const labelValue = /^([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?$/;

/** Names that no object can have are not asked about: whoever sends requests may invent them. */
export function isImpossible({ namespace, port, service, label }: NameKey): boolean {
  const parts = service.split(".");
  if (namespace !== undefined && !dnsLabel.test(namespace)) return true;
  if (parts.length > 2 || !parts.every((part) => dnsLabel.test(part))) return true;
  if (label !== undefined && !labelValue.test(label)) return true;
  return !/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/.test(port);
}

/** `web-0.web`: the pod web-0 of the headless service web. */
export function podAndService(service: string): { readonly hostname: string | undefined; readonly service: string } {
  const dot = service.indexOf(".");
  return dot === -1
    ? { hostname: undefined, service }
    : { hostname: service.slice(0, dot), service: service.slice(dot + 1) };
}

/** Not of what is outside ASCII: its lower case may have another length. */
function lowerCase(text: string): string {
  return text.replace(/[A-Z]+/g, (upper) => upper.toLowerCase());
}
