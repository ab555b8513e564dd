// Shows /dashboard.json once a second while somebody looks. What is wanted of it stands in the address, to be passed on.
import { arrange, byId, element, problem, setText } from "./dom.js";
import { bytes, duration, percent, short } from "./format.js";
import { RouterCard } from "./router-card.js";
import { Tile } from "./tile.js";

const everyMs = 1000;
const controls = byId("controls");
const asked = new URLSearchParams(location.search);
const wanted = { router: asked.get("router") ?? "", sort: asked.get("sort") ?? "rate", find: asked.get("find") ?? "" };
const pages = { services: 0, clients: 0 };

const tiles = {
  rate: new Tile("Requests"),
  success: new Tile("Success", { top: 1 }),
  pending: new Tile("In flight"),
  incoming: new Tile("Connections in"),
  outgoing: new Tile("Connections out"),
  memory: new Tile("Memory"),
  lag: new Tile("Event loop lag"),
};
byId("tiles").append(...Object.values(tiles).map((tile) => tile.element));
const cards = new Map();

let paused = false;
let looking;
/** Of the last sample drawn. */
let drawnAt;

controls.sort.value = wanted.sort;
controls.find.value = wanted.find;
controls.addEventListener("submit", (event) => event.preventDefault());
controls.addEventListener("input", () => {
  for (const name of ["router", "sort", "find"]) wanted[name] = controls[name].value;
  pages.services = 0;
  pages.clients = 0;
  const query = new URLSearchParams(
    Object.entries(wanted).filter(([name, value]) => value !== "" && (name !== "sort" || value !== "rate")),
  );
  history.replaceState(null, "", query.size === 0 ? location.pathname : `?${query}`);
  void look();
});
byId("pause").addEventListener("click", ({ target }) => {
  paused = !paused;
  target.setAttribute("aria-pressed", String(paused));
  target.textContent = paused ? "Go on" : "Pause";
  if (!paused) void look();
});
document.addEventListener("visibilitychange", () => {
  if (!document.hidden && !paused) void look();
});

/** The newest question counts: an older answer that comes later is dropped. */
async function look() {
  looking?.abort();
  const stop = new AbortController();
  looking = stop;
  try {
    const query = new URLSearchParams({ ...wanted, ...pages });
    const answer = await fetch(`dashboard.json?${query}`, {
      signal: AbortSignal.any([stop.signal, AbortSignal.timeout(10_000)]),
    });
    if (!answer.ok) throw new Error(String(answer.status));
    draw(await answer.json());
    problem();
  } catch {
    if (stop.signal.aborted) return;
    problem("The admin server does not answer. What is shown is what it said last.");
  }
}

function draw(told) {
  const fresh = told.at !== drawnAt;
  drawnAt = told.at;
  drawTiles(told, fresh);
  drawChoice(told.routers);
  const shown = told.routers.filter(({ label }) => wanted.router === "" || label === wanted.router);
  for (const label of cards.keys()) if (!told.routers.some((one) => one.label === label)) cards.delete(label);
  for (const router of told.routers) {
    if (!cards.has(router.label)) cards.set(router.label, new RouterCard(router.label, turnTo));
    cards.get(router.label).draw(router, {
      fresh,
      chosen: wanted.router !== "",
      find: wanted.find,
    });
  }
  arrange(
    byId("routers"),
    shown.map(({ label }) => cards.get(label).element),
  );
}

function turnTo(label, table, page) {
  if (table === undefined) {
    controls.router.value = label;
    controls.dispatchEvent(new Event("input"));
    return;
  }
  pages[table] = page;
  void look();
}

function drawTiles({ routers, process }, fresh) {
  const sum = (name) => routers.reduce((so, one) => (one[name] === null ? so : (so ?? 0) + one[name]), null);
  const rate = sum("rate");
  // Each router counts as much as it has to do.
  const known = routers.filter((one) => one.success !== null);
  const weight = known.reduce((so, one) => so + (one.rate ?? 0), 0);
  const success = weight === 0 ? null : known.reduce((so, one) => so + one.success * one.rate, 0) / weight;
  tiles.rate.draw({ value: short(rate), unit: "/s", more: `${short(sum("requests"))} in all`, line: rate, fresh });
  tiles.success.draw({
    value: percent(success),
    more: `${short(sum("failures"))} failed in all`,
    line: success,
    fresh,
    share: true,
  });
  tiles.pending.draw({ value: short(sum("pending")), line: sum("pending"), fresh });
  tiles.incoming.draw({ value: short(sum("incoming")), line: sum("incoming"), fresh });
  tiles.outgoing.draw({ value: short(sum("outgoing")), line: sum("outgoing"), fresh });
  tiles.memory.draw({ value: bytes(process.rss), more: `heap ${bytes(process.heapUsed)}`, line: process.rss, fresh });
  tiles.lag.draw({
    value: process.lagMs === null ? "–" : process.lagMs.toFixed(1),
    unit: "ms",
    more: "99th percentile",
    line: process.lagMs,
    fresh,
  });
  const facts = [
    `Namerkit ${process.version}`,
    `Node ${process.node}`,
    `up ${duration(process.uptimeMs)}`,
    `CPU ${duration(process.cpuMs)}`,
    `garbage collection ${duration(process.gcMs)}`,
    `${process.threads ?? "–"} threads on ${process.cpus ?? "–"} CPUs`,
  ];
  setText(byId("process"), facts.join(" · "));
}

/** The choice of a router: only where there are several, and as they are after a reload. */
function drawChoice(routers) {
  const labels = routers.map(({ label }) => label);
  const select = controls.router;
  const shown = [...select.options].slice(1).map(({ value }) => value);
  select.closest("label").hidden = labels.length < 2;
  if (shown.join("\n") === labels.join("\n")) return;
  select.replaceChildren(select.options[0], ...labels.map((label) => element("option", { value: label }, label)));
  if (!labels.includes(wanted.router)) wanted.router = "";
  // With one router there is nothing to choose, and its lists are whole.
  if (labels.length === 1) wanted.router = labels[0];
  select.value = wanted.router;
}

async function forever() {
  for (;;) {
    if (!paused && !document.hidden) await look();
    await new Promise((resolve) => setTimeout(resolve, everyMs));
  }
}
void forever();
