import { readdir, readFile, stat } from "node:fs/promises";
import { join, normalize } from "node:path";
import process from "node:process";
import { describe, expect, it } from "vitest";
import { parse, parseAllDocuments } from "yaml";
import { namerkitBin, root } from "../support/paths.js";
import { runToEnd } from "../support/process.js";

const example = join(root, "examples/kubernetes");
const variants = ["daemonset", "sidecar", "ingress"] as const;

interface Kustomization {
  readonly resources: readonly string[];
  readonly configMapGenerator?: readonly { readonly name: string; readonly files: readonly string[] }[];
  readonly patches?: readonly { readonly path: string }[];
}
interface Container {
  readonly command: readonly string[];
  readonly ports?: readonly { readonly name: string; readonly containerPort: number }[];
  readonly env?: readonly { readonly name: string }[];
  readonly securityContext: object;
  readonly volumeMounts?: readonly { readonly name: string; readonly mountPath: string }[];
}
interface Pod {
  readonly serviceAccountName?: string;
  readonly containers: readonly Container[];
  readonly volumes?: readonly { readonly name: string; readonly configMap: { readonly name: string } }[];
}
interface Resource {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly spec: {
    readonly selector: Readonly<Record<string, string>>;
    readonly ports: readonly { readonly name: string; readonly targetPort: string }[];
    readonly template: { readonly metadata: { readonly labels: Readonly<Record<string, string>> }; readonly spec: Pod };
  };
  readonly rules: readonly { readonly apiGroups: string[]; readonly resources: string[]; readonly verbs: string[] }[];
  readonly roleRef: { readonly name: string };
  readonly subjects: readonly { readonly name: string; readonly namespace: string }[];
}

const kustomization = async (folder: string): Promise<Kustomization> =>
  parse(await readFile(join(example, folder, "kustomization.yaml"), "utf8"));

async function documents(file: string): Promise<Resource[]> {
  return parseAllDocuments(await readFile(join(example, file), "utf8")).map((one) => {
    expect(one.errors).toEqual([]);
    return one.toJS();
  });
}

/** As kustomize gathers them, before patches. */
async function resourcesOf(folder: string): Promise<Resource[]> {
  const { resources } = await kustomization(folder);
  const each = resources.map(async (one) => {
    const at = normalize(join(folder, one));
    return (await stat(join(example, at))).isDirectory() ? resourcesOf(at) : documents(at);
  });
  return (await Promise.all(each)).flat();
}

/** What each kind reads. */
const reads: Readonly<Record<string, readonly string[]>> = {
  "io.l5d.k8s": ["discovery.k8s.io/endpointslices", "/services"],
  "io.l5d.k8s.daemonset": ["discovery.k8s.io/endpointslices", "/services"],
  "io.l5d.k8s.localnode": [],
  "io.l5d.ingress": ["networking.k8s.io/ingresses"],
};
function kindsIn(json: unknown): string[] {
  if (typeof json !== "object" || json === null) return [];
  const own = "kind" in json && typeof json.kind === "string" ? [json.kind] : [];
  return [...own, ...Object.values(json).flatMap(kindsIn)];
}

describe("examples/kubernetes", () => {
  it("uses every file that is there, and has every file that is used", async () => {
    for (const folder of ["base", "demo", ...variants]) {
      const { resources, configMapGenerator = [], patches = [] } = await kustomization(folder);
      const own = resources.filter((one) => !one.startsWith("../"));
      const files = [...own, ...configMapGenerator.flatMap((one) => one.files), ...patches.map(({ path }) => path)];
      expect(["kustomization.yaml", ...files].sort()).toEqual((await readdir(join(example, folder))).sort());
      for (const one of resources) expect((await stat(join(example, folder, one))).size).toBeGreaterThan(0);
    }
  });

  it.each([...variants, "demo"])("%s: what refers to something finds it", async (folder) => {
    const all = await resourcesOf(folder);
    const there = (kind: string, name: string, namespace?: string) =>
      expect(all.map((one) => [one.kind, one.metadata.name, one.metadata.namespace])).toContainEqual([
        kind,
        name,
        namespace,
      ]);
    const { configMapGenerator = [] } = await kustomization(folder === "ingress" ? "daemonset" : folder);
    const workloads = all.filter(({ kind }) => kind === "DaemonSet" || kind === "Deployment");
    expect(workloads).toHaveLength(1);
    for (const { metadata, spec } of workloads) {
      const { serviceAccountName, containers, volumes = [] } = spec.template.spec;
      if (serviceAccountName !== undefined) there("ServiceAccount", serviceAccountName, metadata.namespace);
      for (const { configMap } of volumes) expect(configMapGenerator.map(({ name }) => name)).toContain(configMap.name);
      for (const { securityContext, volumeMounts = [] } of containers) {
        expect(securityContext).toMatchObject({ runAsNonRoot: true, capabilities: { drop: ["ALL"] } });
        for (const { name } of volumeMounts) expect(volumes.map((one) => one.name)).toContain(name);
      }
      for (const service of all.filter(({ kind }) => kind === "Service")) {
        expect(spec.template.metadata.labels).toMatchObject(service.spec.selector);
        const ports = containers.flatMap((one) => one.ports ?? []).map(({ name }) => name);
        for (const { targetPort } of service.spec.ports) expect(ports).toContain(targetPort);
      }
    }
    for (const { roleRef, subjects } of all.filter(({ kind }) => kind === "ClusterRoleBinding")) {
      there("ClusterRole", roleRef.name);
      for (const { name, namespace } of subjects) there("ServiceAccount", name, namespace);
    }
  });

  it.each(variants)("%s: the configuration is right, and its pods listen where it says", async (folder) => {
    const file = join(example, folder, "config.yaml");
    const { code, stdout } = await runToEnd(process.execPath, [namerkitBin, "check", file, "--json"], {
      env: { NODE_NAME: "node-1", POD_IP: "10.0.0.1" },
    });
    expect([code, JSON.parse(stdout)]).toEqual([0, []]);
    const { routers } = parse(await readFile(file, "utf8")) as {
      routers: { label: string; servers: { ip: string; port: number }[] }[];
    };
    const open = routers.flatMap(({ label, servers }) =>
      servers.filter(({ ip }) => ip === "0.0.0.0").map(({ port }) => [label, port]),
    );
    const patches = await Promise.all(
      ((await kustomization(folder)).patches ?? []).map(({ path }) => documents(join(folder, path))),
    );
    const pods = [...(await resourcesOf(folder)), ...patches.flat()].flatMap((one) =>
      one.kind === "DaemonSet" ? one.spec.template.spec.containers : [],
    );
    const ports = pods.flatMap((one) => one.ports ?? []).map((one) => [one.name, one.containerPort]);
    expect(ports.sort()).toEqual(open.sort());
  });

  it.each(variants)("%s: the account may read what the configuration needs, and nothing else", async (folder) => {
    const roles = (await resourcesOf(folder)).filter(({ kind }) => kind === "ClusterRole" || kind === "Role");
    const rules = roles.flatMap((one) => one.rules);
    for (const { verbs } of rules) expect(verbs).toEqual(["get", "list", "watch"]);
    const may = rules.flatMap(({ apiGroups, resources }) =>
      apiGroups.flatMap((group) => resources.map((one) => `${group}/${one}`)),
    );
    const kinds = kindsIn(parse(await readFile(join(example, folder, "config.yaml"), "utf8")));
    const known = kinds.filter((kind) => /k8s|ingress/.test(kind));
    for (const kind of known) expect(Object.keys(reads)).toContain(kind);
    expect(may.sort()).toEqual([...new Set(known.flatMap((kind) => reads[kind] ?? []))].sort());
  });
});
