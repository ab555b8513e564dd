import type { Reader } from "./reader.js";
import type { Description, LinkDescription, StackDescription } from "./types.js";
import type { At } from "./yaml-places.js";

/** `alias: stack/service`, `alias: Environment:stack/service`, or `alias: { dangling: whatever is told as the uuid }`. */
export function readLinks(reader: Reader, value: unknown, at: At): readonly LinkDescription[] {
  const seen = new Map<string, string>();
  return reader.entries(value, at).map(([name, to]) => {
    const other = seen.get(name.toLowerCase());
    if (other !== undefined) reader.fail([...at, name], `the same as "${other}", since case does not count`);
    seen.set(name.toLowerCase(), name);
    if (typeof to !== "object" || to === null) return { name, to: reader.text(to, [...at, name]) };
    const fields = reader.object(to, [...at, name], ["dangling"]);
    return { name, dangling: reader.text(fields.dangling, [...at, name, "dangling"]) };
  });
}

/** Once all is read: what is linked to must be there, unless it is said that it is not. */
export function checkLinks(reader: Reader, description: Description): void {
  const there = [
    ...namesIn(description.stacks),
    ...description.environments.flatMap(({ environment, stacks }) =>
      namesIn(stacks).map((name) => `${environment}:${name}`),
    ),
  ];
  checkStacks(reader, description.stacks, [], there);
  for (const { environment, stacks } of description.environments) {
    checkStacks(reader, stacks, ["environments", environment], namesIn(stacks));
  }
}

function checkStacks(reader: Reader, stacks: readonly StackDescription[], at: At, there: readonly string[]): void {
  const known = new Set(there.map((name) => name.toLowerCase()));
  for (const stack of stacks) {
    for (const service of stack.services) {
      for (const link of service.links) {
        if ("dangling" in link || known.has(link.to.toLowerCase())) continue;
        const place = [...at, "stacks", stack.name, "services", service.name, "links", link.name];
        const hint = `there are: ${there.join(", ")}; for a link that leads nowhere write { dangling: "${link.to}" }`;
        reader.fail(place, `there is no service "${link.to}"; ${hint}`);
      }
    }
  }
}

function namesIn(stacks: readonly StackDescription[]): readonly string[] {
  return stacks.flatMap((stack) => stack.services.map((service) => `${stack.name}/${service.name}`));
}
