import { readFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { isTheSamePart, type Part, type Service } from "../support/compose-part.js";
import { root } from "../support/paths.js";

const table = `${root}/scripts/demo-migration/parts.mjs`;
const { parts, old, pods, network, hosts, composeLayout } = (await import(table)) as {
  readonly parts: readonly Part[];
  readonly old: readonly string[];
  readonly pods: readonly string[];
  readonly network: string;
  readonly hosts: Readonly<Record<string, number>>;
  readonly composeLayout: { port(name: string): number };
};
const example = (name: string) => readFile(`${root}/examples/migration/${name}`, "utf8");
const file = parse(await example("docker-compose.yml"), { merge: true }) as {
  readonly services: Readonly<Record<string, Service>>;
};
const serviceOf = ({ name }: Part): Service => {
  const found = file.services[name];
  if (found === undefined) throw new Error(`docker-compose.yml has no ${name}`);
  return found;
};
const addressOf = (name: string): string => `${network}.${hosts[name]}`;

describe("examples/migration/docker-compose.yml", () => {
  it("runs what the demo without containers runs, and the client", () => {
    expect(Object.keys(file.services).sort()).toEqual(parts.map(({ name }) => name).sort());
  });

  describe.each(parts.map((part) => [part.name, part] as const))("%s", (name, part) => {
    isTheSamePart(serviceOf(part), part, composeLayout);

    it("is where the catalogues say", () => {
      expect(serviceOf(part).networks).toEqual({ default: { ipv4_address: addressOf(name) } });
    });
  });

  it("runs the one image in all parts, built in one place, which all others come after", () => {
    for (const part of parts) {
      const { image, healthcheck, volumes } = serviceOf(part);
      expect(image).toBe(`\${NAMERKIT_EXAMPLES_IMAGE:-namerkit-examples:local}`);
      expect(volumes).toEqual(["..:/examples:ro"]);
      expect(healthcheck.test).toEqual(["CMD", "node", "/examples/rancher/healthy.mjs", part.health(composeLayout)]);
    }
    const [first, ...more] = parts.filter((part) => serviceOf(part).build !== undefined);
    expect([first?.name, more]).toEqual(["rancher-metadata", []]);
    expect(first && serviceOf(first).build).toMatchObject({ context: "../..", target: "examples" });
    for (const part of parts)
      expect(part === first || part.after.includes("rancher-metadata") || part.name === "client").toBe(true);
  });
});

describe("the files beside it", () => {
  it("have Rancher and Kubernetes tell of the instances that run", async () => {
    const { stacks } = parse(await example("stacks.yaml"));
    expect(stacks.shop.services.web).toEqual({ scale: old.length, addresses: old.map(addressOf) });
    const cluster = JSON.parse(await example("cluster.json"));
    const { ports, pods: described, ready } = cluster.services["shop/web"];
    expect(described).toEqual(pods.map((name) => ({ name, ip: addressOf(name) })));
    expect([ports[0].targetPort, ready]).toEqual([composeLayout.port("new-1"), 2]);
    expect(Object.keys(cluster.configMaps["shop/names"])).toEqual(["dtab"]);
  });

  it("have the proxy ask them where they are", async () => {
    const config = parse(await example("linkerd.yaml"));
    const at = { host: "kubernetes", port: composeLayout.port("kubernetes") };
    expect(config.admin).toEqual({ ip: "0.0.0.0", port: composeLayout.port("admin") });
    expect(config.namers).toEqual([
      { kind: "io.l5d.rancher", portMappings: { http: composeLayout.port("old-1") } },
      { kind: "io.l5d.k8s", ...at },
    ]);
    expect(config.routers[0].interpreter).toMatchObject({ ...at, namespace: "shop", name: "names", filename: "dtab" });
    expect(config.routers[0].servers).toEqual([{ port: composeLayout.port("proxy"), ip: "0.0.0.0" }]);
  });

  it("are told of in commands that name what is there", async () => {
    const readme = await example("README.md");
    for (const [, port = ""] of readme.matchAll(/http:\/\/127\.0\.0\.1:(\d+)/g)) {
      const known = ["rancher-metadata-control", "kubernetes-control", "proxy", "admin", "client"].map(
        composeLayout.port,
      );
      expect(known).toContain(Number(port));
    }
    for (const [, names = ""] of readme.matchAll(/^names '(.*)'$/gm))
      expect(names).toMatch(/^\/svc\/web => .*\/new\/web/);
  });
});
