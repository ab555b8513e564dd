import { isIP } from "node:net";
import { NamerError } from "@namerkit/core";
import { containerStates, healthStates, isOneOf, serviceStates } from "../states.js";
import type { Service } from "./entities.js";
import type { World } from "./world.js";

/**
 * What control calls change. `name` is that of a service, or of a container that belongs to none; `index` chooses one container of
 * the service. All throw MOCK_UNKNOWN for what there is not, and MOCK_CONTROL for what cannot be.
 */

/** All containers of the service and its sidekicks stop, and stay listed, as Rancher lists them. One container: that one alone. */
export function stop(world: World, name: string, index?: number): void {
  run(world, name, index, "inactive", "stopped");
}

export function start(world: World, name: string, index?: number): void {
  run(world, name, index, "active", "running");
}

export function setHealth(world: World, name: string, health: string | null, index?: number): void {
  if (health !== null) mustBe(healthStates, health, ", none");
  for (const container of world.chosen(name, index)) container.health = health;
}

/** Of one container, or of the service itself, whose containers stay as they are. */
export function setState(world: World, name: string, state: string, index?: number): void {
  if (index === undefined && name.includes("/")) {
    mustBe(serviceStates, state);
    world.service(name).state = state;
    return;
  }
  mustBe(containerStates, state);
  for (const container of world.chosen(name, index)) container.state = state;
}

/** Null: it has none yet. */
export function setIp(world: World, name: string, ip: string | null, index?: number): void {
  if (ip !== null && isIP(ip) === 0) throw new NamerError("MOCK_CONTROL", `"${ip}" is no IP address`);
  const chosen = world.chosen(name, index);
  const [container] = chosen;
  if (container === undefined || (ip !== null && chosen.length > 1)) {
    throw new NamerError("MOCK_CONTROL", "an address is of one container: say which");
  }
  if (container.networkFrom !== undefined) {
    throw new NamerError("MOCK_CONTROL", `${container.name} lives in the network of ${container.networkFrom.name}`);
  }
  for (const one of chosen) {
    one.ip = ip ?? one.ip;
    one.showsIp = ip !== null;
  }
}

/** Of a service, and so of all its containers; or of one container alone. Null: without it. */
export function setLabel(world: World, name: string, label: string, value: string | null, index?: number): void {
  const whose = index === undefined && name.includes("/") ? [world.service(name)] : world.chosen(name, index);
  for (const one of whose) {
    const { [label]: _, ...others } = one.labels;
    one.labels = value === null ? others : { ...others, [label]: value };
  }
}

/** The name of a service; or what is told word for word, and is no service's. */
export type LinkTarget = string | { readonly dangling: string };

/** Of a service that has a link of this name, it goes elsewhere from now on. */
export function link(world: World, name: string, as: string, to: LinkTarget): void {
  const { links } = linking(world, name);
  const target = typeof to === "string" ? world.service(to) : to.dangling;
  links.delete(linkNamed(links, as) ?? as);
  links.set(as, target);
}

export function unlink(world: World, name: string, as: string): void {
  const { links } = linking(world, name);
  const known = linkNamed(links, as);
  if (known === undefined) {
    throw new NamerError("MOCK_UNKNOWN", `${name} has no link "${as}"; there are: ${[...links.keys()].join(", ")}`);
  }
  links.delete(known);
}

function run(world: World, name: string, index: number | undefined, service: string, container: string): void {
  if (index !== undefined || !name.includes("/")) {
    for (const one of world.chosen(name, index)) one.state = container;
    return;
  }
  const found = world.service(name);
  for (const one of [found, ...found.sidekicks]) {
    one.state = service;
    for (const each of one.containers) each.state = container;
  }
}

function linking(world: World, name: string): Service {
  const service = world.service(name);
  return service.primary ?? service;
}

function linkNamed(links: Service["links"], name: string): string | undefined {
  return [...links.keys()].find((one) => one.toLowerCase() === name.toLowerCase());
}

function mustBe(all: readonly string[], value: string, otherwise = ""): void {
  if (!isOneOf(all, value)) throw new NamerError("MOCK_CONTROL", `"${value}" is none of ${all.join(", ")}${otherwise}`);
}
