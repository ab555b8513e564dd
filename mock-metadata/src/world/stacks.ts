import type { Description, LaunchDescription, ServiceDescription, StackDescription } from "../description/types.js";
import { uuid } from "../uuid.js";
import type { Service, Stack } from "./entities.js";

/** The stacks of a description with their services, as yet without containers and links. */
export function makeStacks(
  { stacks, environment }: Description,
  linked: boolean,
  random: () => number,
): readonly Stack[] {
  return stacks.map((stack) => makeStack(stack, linked ? environment : undefined, random));
}

function makeStack(description: StackDescription, environment: string | undefined, random: () => number): Stack {
  const services: Service[] = [];
  const stack: Stack = { uuid: uuid(random), description, environment, services };
  for (const main of description.services) {
    const sidekicks: Service[] = [];
    const primary = { ...makeService(main, main, stack, uuid(random), random), sidekicks };
    for (const one of main.sidekicks) {
      const sidekick = makeService(one, main, stack, primary.uuid, random);
      sidekicks.push({ ...sidekick, primary, shareNetwork: one.shareNetwork, links: primary.links });
    }
    services.push(primary, ...sidekicks);
  }
  return stack;
}

function makeService(
  description: LaunchDescription,
  main: ServiceDescription,
  stack: Stack,
  id: string,
  random: () => number,
): Service {
  return {
    uuid: id,
    description,
    stack,
    main,
    primary: undefined,
    shareNetwork: false,
    sidekicks: [],
    healthCheck: description.healthCheck,
    token: uuid(random).replaceAll("-", ""),
    scale: 0,
    state: main.state,
    containers: [],
    labels: { ...description.labels },
    links: new Map(),
  };
}
