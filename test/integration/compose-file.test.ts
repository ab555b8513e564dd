import { readFile } from "node:fs/promises";
import process from "node:process";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { addressOf, composeLayout, containers, named, type Part, parts } from "../stack/parts.js";
import { startStack } from "../stack/start.js";
import { serve } from "../support/http.js";
import { exampleFile, root } from "../support/paths.js";
import { runToEnd } from "../support/process.js";

interface Service {
  readonly image?: string;
  readonly build?: { readonly context?: string };
  readonly command?: readonly string[];
  readonly user?: string;
  readonly read_only?: boolean;
  readonly cap_drop?: readonly string[];
  readonly security_opt?: readonly string[];
  readonly init?: boolean;
  readonly privileged?: boolean;
  readonly ports?: readonly string[];
  readonly volumes?: readonly string[];
  readonly networks?: { readonly default?: { readonly ipv4_address?: string } };
  readonly depends_on?: Readonly<Record<string, { readonly condition?: string }>>;
  readonly healthcheck?: { readonly test?: readonly string[]; readonly retries?: number };
}

const file = parse(await readFile(exampleFile("docker-compose.yml"), "utf8"), { merge: true }) as {
  readonly services: Readonly<Record<string, Service>>;
  readonly networks: {
    readonly default: { readonly ipam: { readonly config: readonly { readonly subnet: string }[] } };
  };
};

const serviceOf = (part: Part): Service => {
  const found = file.services[part.name];
  if (found === undefined) throw new Error(`docker-compose.yml has no ${part.name}`);
  return found;
};

describe("examples/rancher/docker-compose.yml", () => {
  it("runs what the stack of processes runs, and nothing else", () => {
    expect(Object.keys(file.services).sort()).toEqual(parts.map(({ name }) => name).sort());
  });

  describe.each(parts.map((part) => [part.name, part] as const))("%s", (_name, part) => {
    it("has the command and the health check of the process", () => {
      const { command, healthcheck } = serviceOf(part);
      expect(command).toEqual(part.command(composeLayout));
      expect(healthcheck?.test).toEqual(["CMD", "node", "/example/healthy.mjs", part.health(composeLayout)]);
      expect(healthcheck?.retries).toBeGreaterThan(1);
    });

    it("waits for those that the process waits for", () => {
      const healthy = part.after.map((name) => [name, { condition: "service_healthy" }]);
      expect(serviceOf(part).depends_on ?? {}).toEqual(Object.fromEntries(healthy));
    });

    it("runs the one image, not as root, and can change nothing", () => {
      const service = serviceOf(part);
      expect(service.image).toBe(`\${NAMERKIT_IMAGE:-namerkit:local}`);
      expect(service.user).toMatch(/^[1-9]\d*:[1-9]\d*$/);
      expect(service).toMatchObject({ read_only: true, cap_drop: ["ALL"], init: true });
      expect(service.security_opt).toEqual(["no-new-privileges:true"]);
      expect(service.privileged).toBeUndefined();
      for (const volume of service.volumes ?? []) expect(volume).toMatch(/:ro$/);
    });

    it("is at its address, and reached from this machine alone", () => {
      const { networks, ports = [] } = serviceOf(part);
      expect(networks?.default?.ipv4_address).toBe(addressOf(part, composeLayout));
      for (const port of ports) expect(port).toMatch(/^127\.0\.0\.1:\$\{[A-Z]+_PORT:-(\d+)\}:\1$/);
    });
  });

  it("builds the image in one place, which all others come after", () => {
    const building = parts.filter((part) => serviceOf(part).build !== undefined);
    expect(building).toEqual([named.metadata]);
    expect(serviceOf(named.metadata).build?.context).toBe("../..");
    for (const part of parts) expect(part.after.length > 0 || part === named.metadata, part.name).toBe(true);
  });

  it("has a network that holds all addresses", () => {
    expect(file.networks.default.ipam.config.map(({ subnet }) => subnet)).toEqual([`${composeLayout.network}.0/24`]);
  });

  it("publishes what the stack is driven and judged by", () => {
    const published = (part: Part): readonly number[] =>
      (serviceOf(part).ports ?? []).map((port) => Number(port.split(":").at(-1)));
    const { control, proxy, admin, client } = composeLayout.ports;
    expect(published(named.metadata)).toEqual([control]);
    expect(published(named.proxy)).toEqual([proxy, admin]);
    expect(published(named.client)).toEqual([client]);
  });
});

describe("the files beside it", () => {
  it("tell of the containers that run, at their addresses", async () => {
    const { stacks } = parse(await readFile(exampleFile("stacks.yaml"), "utf8")) as {
      readonly stacks: Readonly<
        Record<string, { services: Readonly<Record<string, { addresses: readonly string[] }>> }>
      >;
    };
    const told = Object.entries(stacks["sample-stack"]?.services ?? {}).flatMap(([service, { addresses }]) =>
      addresses.map((address, i) => [`${service}-${i + 1}`, address]),
    );
    expect(told).toEqual(containers.map((one) => [one.name, addressOf(one, composeLayout)]));
  });

  it("have the proxy listen where it is looked for", async () => {
    const config = parse(await readFile(exampleFile("linkerd.yaml"), "utf8"));
    const { admin, proxy } = composeLayout.ports;
    expect(config.admin).toEqual({ ip: "0.0.0.0", port: admin });
    expect(config.routers[0].servers).toEqual([{ ip: "0.0.0.0", port: proxy }]);
  });

  it("check health by the answer's status, and do not wait for it for ever", async () => {
    const health = (url: string) => runToEnd(process.execPath, [exampleFile("healthy.mjs"), url]);
    await using good = await serve((_request, response) => response.end());
    expect((await health(`http://127.0.0.1:${good.port}/`)).code).toBe(0);
    await using bad = await serve((_request, response) => response.writeHead(503).end());
    expect((await health(`http://127.0.0.1:${bad.port}/`)).code).toBe(1);
    await using silent = await serve(() => {});
    expect((await health(`http://127.0.0.1:${silent.port}/`)).code).toBe(1);
    silent.close();
    const refused = await health(`http://127.0.0.1:${silent.port}/`);
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain("ECONNREFUSED");
  });
});

describe("the Dockerfile", () => {
  it("makes an image that is not root's and serves /config.yaml by default", async () => {
    const lines = (await readFile(`${root}/Dockerfile`, "utf8")).split("\n");
    const last = (instruction: string) =>
      lines.findLast((line) => line.startsWith(`${instruction} `))?.slice(instruction.length + 1);
    expect(JSON.parse(last("CMD") ?? "")).toEqual(named.proxy.command(composeLayout));
    expect(last("USER")).toMatch(/^[1-9]\d*:[1-9]\d*$/);
    expect(last("STOPSIGNAL")).toBe("SIGTERM");
  });
});

describe("a stack of another kind", () => {
  it("is refused", () => {
    expect(() => startStack("podman")).toThrow(/"processes" or "compose", not "podman"/);
  });
});
