import type { Metadata } from "../metadata.js";
import { addressOf, type Container, type Service, serviceName } from "../world/entities.js";

/** What GET / tells: what runs now, which is what the next load will tell. */
export function overview(metadata: Metadata): object {
  const { world } = metadata;
  const services = [...world.services, ...world.linked.flatMap((one) => one.services)];
  return {
    version: metadata.version,
    online: metadata.online.sample(),
    waiting: metadata.waiting,
    faults: metadata.faults.all,
    services: Object.fromEntries(services.map((service) => [serviceName(service), serviceNow(service)])),
    containers: world.standalone.map(containerNow),
  };
}

function serviceNow({ main, primary, state, scale, containers, links }: Service): object {
  return {
    kind: main.kind,
    ...(primary === undefined ? {} : { primary: serviceName(primary) }),
    state,
    scale,
    ...(main.externalIps.length === 0 ? {} : { externalIps: main.externalIps }),
    ...(main.hostname === null ? {} : { hostname: main.hostname }),
    ...(main.vip === null ? {} : { vip: main.vip }),
    links: Object.fromEntries(
      [...links].map(([name, to]) => [name, typeof to === "string" ? { dangling: to } : serviceName(to)]),
    ),
    containers: containers.map(containerNow),
  };
}

function containerNow(container: Container): object {
  const { name, networkFrom, state, health, host } = container;
  return {
    name,
    ip: addressOf(container),
    state,
    health,
    host: host.description.name,
    ...(networkFrom === undefined ? {} : { networkFrom: networkFrom.name }),
  };
}
