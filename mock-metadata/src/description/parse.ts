import { readStandalone } from "./container.js";
import { checkLinks } from "./links.js";
import { type Fields, Reader } from "./reader.js";
import { readService } from "./service.js";
import type { Description, HostDescription, StackDescription } from "./types.js";
import { type At, readYaml } from "./yaml-places.js";

const environmentKeys = ["hosts", "stacks", "containers"];

/**
 * Reads a description in YAML (or JSON). All of it, with what there is if it is left out:
 *
 * ```yaml
 * environment: Default
 * hosts: [{ name: host-1, ip: 192.0.2.11, labels: {} }]
 * stacks:
 *   shop:
 *     system: false
 *     services:
 *       web: { scale: 1, addresses: [], ports: [], labels: {}, health: null, links: {}, sidekicks: {}, … }
 * containers: {}      # those of no service
 * environments: {}    # linked ones, by name
 * ```
 *
 * The README tells of each key. Throws MOCK_DESCRIPTION with `file:line:col` for whatever is not understood, unknown keys included.
 */
export function parseDescription(text: string, file = "<description>"): Description {
  const { value, where } = readYaml(text, file);
  const reader = new Reader(where);
  const fields = reader.object(value, [], ["environment", ...environmentKeys, "environments"]);
  const name = reader.text(fields.environment ?? "Default", ["environment"]);
  const linked = reader.named(fields.environments ?? {}, ["environments"]).map(([other, one]) => {
    const at = ["environments", other];
    if (other.toLowerCase() === name.toLowerCase()) reader.fail(at, "this is the environment itself");
    return readEnvironment(reader, other, reader.object(one ?? {}, at, environmentKeys), at);
  });
  const description = { ...readEnvironment(reader, name, fields, []), environments: linked };
  checkLinks(reader, description);
  return description;
}

function readEnvironment(reader: Reader, environment: string, fields: Fields, at: At): Description {
  const hosts = reader.list(fields.hosts ?? [{ name: "host-1", ip: "192.0.2.11" }], [...at, "hosts"], (one, place) =>
    readHost(reader, one, place),
  );
  if (hosts.length === 0) reader.fail([...at, "hosts"], "there must be at least one");
  hosts.forEach(({ name }, i) => {
    const other = hosts.slice(0, i).find((one) => one.name.toLowerCase() === name.toLowerCase());
    if (other !== undefined) reader.fail([...at, "hosts", i, "name"], `the same as "${other.name}"`);
  });
  const hostNames = hosts.map(({ name }) => name);
  const stacksAt = [...at, "stacks"];
  const containersAt = [...at, "containers"];
  return {
    environment,
    hosts,
    stacks: reader
      .named(fields.stacks, stacksAt)
      .map(([name, stack]) => readStack(reader, name, stack, [...stacksAt, name], hostNames)),
    containers: reader
      .named(fields.containers ?? {}, containersAt)
      .map(([name, one]) => readStandalone(reader, name, one, [...containersAt, name], hostNames)),
    environments: [],
  };
}

function readHost(reader: Reader, value: unknown, at: At): HostDescription {
  const fields = reader.object(value, at, ["name", "ip", "labels"]);
  return {
    name: reader.text(fields.name, [...at, "name"]),
    ip: reader.ip(fields.ip, [...at, "ip"]),
    labels: reader.labels(fields.labels, [...at, "labels"]),
  };
}

function readStack(reader: Reader, name: string, value: unknown, at: At, hosts: readonly string[]): StackDescription {
  const fields = reader.object(value, at, ["system", "services"]);
  const system = reader.flag(fields.system ?? false, [...at, "system"]);
  const services = reader.named(fields.services ?? {}, [...at, "services"]);
  return {
    name,
    system,
    services: services.map(([service, one]) =>
      readService(reader, service, one, [...at, "services", service], { hosts, system }),
    ),
  };
}
