import type { LinkTarget } from "../world/changes.js";
import type { World } from "../world/world.js";
import type { Query } from "./query.js";

type Change = (world: World, query: Query) => void;

/** Calls that change what runs. They are followed by a reload, unless `reload=false` is said: then the next one tells of them. */
export const changes: Readonly<Record<string, Change>> = {
  scale: (world, query) => world.scale(query.text("service"), query.whole("to")),
  stop: (world, query) => world.stop(...query.target()),
  start: (world, query) => world.start(...query.target()),
  health: (world, query) => {
    const [name, index] = query.target();
    world.health(name, query.textOrNone("state"), index);
  },
  state: (world, query) => {
    const [name, index] = query.target();
    world.state(name, query.text("state"), index);
  },
  ip: (world, query) => {
    const [name, index] = query.target();
    world.ip(name, query.textOrNone("ip"), index);
  },
  label: (world, query) => {
    const [name, index] = query.target();
    world.label(name, query.text("name"), query.has("value") ? query.text("value") : null, index);
  },
  link: (world, query) => world.link(query.text("service"), query.text("as"), linkTarget(query)),
  unlink: (world, query) => world.unlink(query.text("service"), query.text("as")),
};

function linkTarget(query: Query): LinkTarget {
  return query.has("dangling") ? { dangling: query.text("dangling") } : query.text("to");
}
