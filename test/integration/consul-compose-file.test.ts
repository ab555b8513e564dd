import { readFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { isTheSamePart, type Part, type Service } from "../support/compose-part.js";
import { root } from "../support/paths.js";

const table = `${root}/scripts/demo-consul/parts.mjs`;
const { parts, instances, composeLayout } = (await import(table)) as {
  readonly parts: readonly Part[];
  readonly instances: readonly string[];
  readonly composeLayout: { port(name: string): number };
};
const example = (name: string) => readFile(`${root}/examples/consul/${name}`, "utf8");
const file = parse(await example("docker-compose.yml"), { merge: true }) as {
  readonly services: Readonly<Record<string, Service>>;
};
const serviceOf = ({ name }: Part): Service => {
  const found = file.services[name];
  if (found === undefined) throw new Error(`docker-compose.yml has no ${name}`);
  return found;
};
const ours = parts.filter(({ name }) => name !== "consul");

describe("examples/consul/docker-compose.yml", () => {
  it("runs what the demo without containers runs, and the client", () => {
    expect(Object.keys(file.services).sort()).toEqual(parts.map(({ name }) => name).sort());
  });

  describe.each(parts.map((part) => [part.name, part] as const))("%s", (_name, part) => {
    isTheSamePart(serviceOf(part), part, composeLayout);
  });

  it("runs the one image in all parts of ours, built in one place, which all others come after", () => {
    for (const part of ours) {
      const { image, healthcheck, volumes } = serviceOf(part);
      expect(image).toBe(`\${NAMERKIT_IMAGE:-namerkit:local}`);
      expect(volumes).toEqual(["..:/examples:ro"]);
      expect(healthcheck.test).toEqual(["CMD", "node", "/examples/rancher/healthy.mjs", part.health(composeLayout)]);
    }
    const [first, ...more] = ours.filter((part) => serviceOf(part).build !== undefined);
    expect([first?.name, more]).toEqual(["registrar", []]);
    expect(first && serviceOf(first).build?.context).toBe("../..");
    const reaches = (part: Part): boolean =>
      part.after.some((name) => name === "registrar" || ours.some((one) => one.name === name && reaches(one)));
    for (const part of ours) expect(part === first || reaches(part), part.name).toBe(true);
  });

  it("takes Consul's image from where it is said, and asks it for more than life", () => {
    const consul = file.services["consul"];
    expect(consul?.image).toMatch(/^\$\{CONSUL_IMAGE:-hashicorp\/consul:[\d.]+\}$/);
    const port = composeLayout.port("consul");
    expect(consul?.healthcheck.test).toEqual(["CMD", "consul", "catalog", "services", `-http-addr=127.0.0.1:${port}`]);
  });
});

describe("the files beside it", () => {
  it("tell of the instances that run, where they are called so", async () => {
    const known = JSON.parse(await example("instances.json")) as readonly Record<string, unknown>[];
    expect(known.map(({ id }) => id)).toEqual(instances);
    for (const { id, address, port, service } of known) {
      expect([address, port]).toEqual([id, composeLayout.port(String(id))]);
      expect(id).toMatch(new RegExp(`^${String(service)}-\\d$`));
    }
  });

  it("have the proxy ask Consul, and listen, where these are", async () => {
    const config = parse(await example("linkerd.yaml"));
    expect(config.admin).toEqual({ ip: "0.0.0.0", port: composeLayout.port("admin") });
    expect(config.namers).toMatchObject([
      { kind: "io.l5d.consul", host: "consul", port: composeLayout.port("consul") },
    ]);
    expect(config.routers[0].servers).toEqual([{ port: composeLayout.port("proxy"), ip: "0.0.0.0" }]);
  });
});
