/** A scope of metrics with whatever names something in particular taken out of it. */
export interface LabelledScope {
  /** Such as rt, client, status. */
  readonly names: readonly string[];
  /** In Linkerd's order: rt, then service, client or server, then the service of a client. */
  readonly labels: readonly (readonly [name: string, value: string])[];
}

/** Linkerd's labels: of rt/http/client/#/io.l5d.fs/web/status there is rt, client, status, with rt="http" and client="#/io.l5d.fs/web". */
export function labelledScope(scope: readonly string[]): LabelledScope {
  const [root, router, kind, which, ...below] = scope;
  if (root !== "rt" || router === undefined) return { names: scope, labels: [] };
  const labels: (readonly [string, string])[] = [["rt", router]];
  if (kind === undefined) return { names: ["rt"], labels };
  if (which === undefined || !labelled.has(kind)) return { names: ["rt", ...scope.slice(2)], labels };
  labels.push([kind, which]);
  const [inner, service, ...rest] = below;
  if (kind !== "client" || inner !== "service" || service === undefined) {
    return { names: ["rt", kind, ...below], labels };
  }
  labels.push(["service", service]);
  return { names: ["rt", kind, "service", ...rest], labels };
}

const labelled: ReadonlySet<string> = new Set(["service", "client", "server"]);
