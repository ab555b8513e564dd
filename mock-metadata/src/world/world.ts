import { NamerError } from "@namerkit/core";
import { type Description, hasContainers } from "../description/types.js";
import { uuid } from "../uuid.js";
import { Addresses } from "./addresses.js";
import { type LinkTarget, link, setHealth, setIp, setLabel, setState, start, stop, unlink } from "./changes.js";
import { ContainerMaker } from "./containers.js";
import {
  type Container,
  type Environment,
  type Host,
  promisedIn,
  type Service,
  type Stack,
  serviceName,
} from "./entities.js";
import { makeStacks } from "./stacks.js";

/** What runs now: a description brought to life, and changed by whoever likes. */
export class World {
  readonly environment: Environment;
  readonly hosts: readonly Host[];
  readonly stacks: readonly Stack[];
  /** Containers that belong to no service. */
  readonly standalone: readonly Container[];
  /** Linked environments. */
  readonly linked: readonly World[];
  readonly #maker: ContainerMaker;

  /** Throws MOCK_DESCRIPTION, for descriptions that were not parsed and are wrong, and MOCK_UNKNOWN for links to nobody. */
  constructor(description: Description, random: () => number, linked = false) {
    if (description.hosts.length === 0) throw new NamerError("MOCK_DESCRIPTION", "there must be a host to run on");
    this.environment = { name: description.environment, uuid: uuid(random), networkUuid: uuid(random) };
    this.hosts = description.hosts.map((host) => ({ uuid: uuid(random), description: host }));
    this.#maker = new ContainerMaker(this.hosts, new Addresses(promisedIn(description)), random);
    this.stacks = makeStacks(description, linked, random);
    this.linked = description.environments.map((one) => new World(one, random, true));
    this.standalone = description.containers.map((one) => this.#maker.standalone(one));
    for (const service of this.services) {
      if (service.primary !== undefined) continue;
      for (const link of service.main.links) {
        service.links.set(link.name, "dangling" in link ? link.dangling : this.#linkedTo(link.to, linked));
      }
      this.#scale(service, service.main.scale);
    }
  }

  /** Those of this environment. */
  get services(): readonly Service[] {
    return this.stacks.flatMap((stack) => stack.services);
  }

  /** Those of this environment, in services or not. */
  get containers(): readonly Container[] {
    return [...this.services.flatMap((service) => service.containers), ...this.standalone];
  }

  /** `name` is as `serviceName` tells, in any case. Throws MOCK_UNKNOWN. */
  service(name: string): Service {
    const wanted = name.toLowerCase();
    const all = [...this.services, ...this.linked.flatMap((one) => one.services)];
    const found = all.find((one) => serviceName(one).toLowerCase() === wanted);
    if (found !== undefined) return found;
    throw new NamerError(
      "MOCK_UNKNOWN",
      `there is no service "${name}"; there are: ${all.map(serviceName).join(", ")}`,
    );
  }

  /** The containers of a service, or the one with this index; or those that belong to no service and have this name. Throws MOCK_UNKNOWN. */
  chosen(name: string, index?: number): readonly Container[] {
    if (!name.includes("/")) {
      const wanted = name.toLowerCase();
      const found = this.standalone.filter((one) => one.name.toLowerCase() === wanted);
      if (found.length > 0) return found;
      const known = this.standalone.map((one) => one.name).join(", ") || "none";
      throw new NamerError("MOCK_UNKNOWN", `there is no container "${name}" of no service; there are: ${known}`);
    }
    const found = this.service(name).containers.filter((one) => index === undefined || one.index === index);
    if (found.length === 0) throw new NamerError("MOCK_UNKNOWN", `${name} has no container ${index ?? "at all"}`);
    return found;
  }

  /** Starts or removes containers, the newest first, until there are `scale`; those of sidekicks too. */
  scale(name: string, scale: number): void {
    if (!Number.isInteger(scale) || scale < 0 || scale > 100_000) {
      throw new NamerError("MOCK_CONTROL", `a scale is a whole number from 0 to 100000, not ${scale}`);
    }
    const service = this.service(name);
    if (service.primary !== undefined) {
      throw new NamerError("MOCK_CONTROL", `${name} is a sidekick; scale ${serviceName(service.primary)}`);
    }
    if (!hasContainers(service.main.kind)) {
      throw new NamerError("MOCK_CONTROL", `${name} is of the kind ${service.main.kind} and has no containers`);
    }
    this.#scale(service, scale);
  }

  /** `index`: one container alone. See `changes.ts` for this and the following ones. */
  stop(name: string, index?: number): void {
    stop(this, name, index);
  }

  start(name: string, index?: number): void {
    start(this, name, index);
  }

  health(name: string, health: string | null, index?: number): void {
    setHealth(this, name, health, index);
  }

  state(name: string, state: string, index?: number): void {
    setState(this, name, state, index);
  }

  ip(name: string, ip: string | null, index?: number): void {
    setIp(this, name, ip, index);
  }

  label(name: string, label: string, value: string | null, index?: number): void {
    setLabel(this, name, label, value, index);
  }

  link(name: string, as: string, to: LinkTarget): void {
    link(this, name, as, to);
  }

  unlink(name: string, as: string): void {
    unlink(this, name, as);
  }

  #scale(primary: Service, scale: number): void {
    const kept = hasContainers(primary.main.kind) ? scale : 0;
    for (const service of [primary, ...primary.sidekicks]) {
      service.scale = scale;
      service.containers = service.containers.slice(0, kept);
      while (service.containers.length < kept) service.containers.push(this.#makerOf(service).next(service));
    }
  }

  /** That of the environment that the service is in. */
  #makerOf({ stack }: Service): ContainerMaker {
    return (this.linked.find((one) => one.stacks.includes(stack)) ?? this).#maker;
  }

  /** Within a linked environment, names are those of its own services. */
  #linkedTo(name: string, linked: boolean): Service {
    return this.service(linked ? `${this.environment.name}:${name}` : name);
  }
}
