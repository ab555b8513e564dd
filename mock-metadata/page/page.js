// Shows what GET / tells, once a second while somebody looks, and turns buttons into control calls.

const REFRESH_MS = 1000;
const byId = (id) => document.getElementById(id);
const healths = [
  "none",
  "healthy",
  "unhealthy",
  "initializing",
  "reinitializing",
  "updating-healthy",
  "updating-unhealthy",
];
const goodStates = new Set(["active", "running", "healthy", "updating-healthy"]);
const badStates = new Set(["inactive", "stopped", "error", "unhealthy", "updating-unhealthy", "removed"]);

let shown = "";
/** A look is under way; and how many calls there have been, so that what was seen before a call is not drawn after it. */
let looking = false;
let calls = 0;
let kinds = {};

/** An element with its properties and children. What is told by the server becomes text, never HTML. */
function element(name, properties = {}, ...children) {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children.filter((one) => one !== undefined));
  return made;
}

function chip(text) {
  const kind = goodStates.has(text) ? "good" : badStates.has(text) ? "bad" : "warn";
  return element("span", { className: `chip ${kind}`, textContent: text });
}

/** `key` finds it again after the page has been drawn anew. */
function button(text, call, parameters, of) {
  const made = element("button", { type: "button", textContent: text, ariaLabel: `${text} ${of}` });
  const { to: _, ...whose } = parameters;
  made.dataset.key = `${call} ${text} ${new URLSearchParams(whose)}`;
  made.addEventListener("click", () => tell(call, parameters));
  return made;
}

function problem(text) {
  byId("problem").hidden = text === "";
  byId("problem").textContent = text;
}

async function tell(call, parameters = {}) {
  calls++;
  try {
    const answer = await fetch(`/${call}?${new URLSearchParams(parameters)}`, { method: "POST" });
    const told = await answer.json();
    problem(answer.ok ? "" : told.message);
    if (answer.ok) draw(told);
  } catch {
    problem("The control API does not answer.");
  }
}

async function refresh() {
  if (looking) return;
  looking = true;
  const before = calls;
  try {
    const answer = await fetch("/", { headers: { accept: "application/json" }, cache: "no-store" });
    const told = await answer.json();
    if (calls === before) draw(told);
    if (byId("problem").textContent === "The control API does not answer.") problem("");
  } catch {
    problem("The control API does not answer.");
  } finally {
    looking = false;
  }
}

function draw(told) {
  const text = JSON.stringify(told);
  if (text === shown) return;
  shown = text;
  const focused = document.activeElement?.dataset.key;
  byId("online").textContent = told.online ? "up" : "down";
  byId("online").className = told.online ? "good" : "bad";
  byId("version").textContent = told.version;
  byId("waiting").textContent = told.waiting;
  document.querySelector("[data-call=take-down]").hidden = !told.online;
  document.querySelector("[data-call=bring-back]").hidden = told.online;
  byId("faults").replaceChildren(...faultsOn(told.faults));
  byId("stacks").replaceChildren(...stacksOf(told));
  const again = [...document.querySelectorAll("[data-key]")].find((one) => one.dataset.key === focused);
  if (focused !== undefined) again?.focus();
}

function faultsOn(faults) {
  const rows = Object.entries(faults).map(([on, { kind, ...numbers }]) => {
    const details = Object.entries(numbers).map(([name, value]) => (name === kind ? value : `${name} ${value}`));
    const what = [kind, ...details].join(" ");
    return element(
      "p",
      { className: "head" },
      chip(on),
      element("span", { textContent: what }),
      button("Switch off", "clear", { on }, kind),
    );
  });
  return rows.length === 0 ? [element("p", { className: "hint", textContent: "None is on." })] : rows;
}

function stacksOf({ services, containers }) {
  const stacks = new Map();
  for (const [name, service] of Object.entries(services)) {
    const stack = name.slice(0, name.indexOf("/"));
    stacks.set(stack, [...(stacks.get(stack) ?? []), serviceCard(name, service)]);
  }
  const sections = [...stacks].map(([stack, cards]) =>
    element("section", {}, element("h2", { textContent: stack }), ...cards),
  );
  if (containers.length > 0) {
    const card = element(
      "article",
      { className: "card" },
      table(containers.map((one) => row(one, { container: one.name }))),
    );
    sections.push(element("section", {}, element("h2", { textContent: "Containers of no service" }), card));
  }
  return sections;
}

function serviceCard(name, service) {
  const { kind, primary, state, scale, containers } = service;
  const short = name.slice(name.indexOf("/") + 1);
  const fixed = primary !== undefined || kind === "externalService" || kind === "dnsService";
  const controls = [
    fixed ? undefined : button("−", "scale", { service: name, to: Math.max(0, scale - 1) }, short),
    fixed ? undefined : element("span", { textContent: scale, title: "scale" }),
    fixed ? undefined : button("+", "scale", { service: name, to: scale + 1 }, short),
    state === "inactive"
      ? button("Start", "start", { service: name }, short)
      : button("Stop", "stop", { service: name }, short),
  ];
  const head = element(
    "div",
    { className: "head" },
    element("h3", { textContent: short }),
    element("span", { className: "chip plain", textContent: primary === undefined ? kind : "sidekick" }),
    chip(state),
    element("span", { className: "controls" }, ...controls),
  );
  const facts = factsOf(service);
  return element(
    "article",
    { className: primary === undefined ? "card" : "card sidekick" },
    head,
    facts === "" ? undefined : element("p", { className: "hint", textContent: facts }),
    containers.length === 0
      ? undefined
      : table(containers.map((one, i) => row(one, { service: name, container: i + 1 }))),
  );
}

function factsOf({ primary, externalIps = [], hostname, vip, links }) {
  const to = Object.entries(links).map(
    ([name, one]) => `${name} → ${typeof one === "string" ? one : `${one.dangling} (nobody)`}`,
  );
  return [
    ...(externalIps.length > 0 ? [`at ${externalIps.join(", ")}`] : []),
    ...(hostname === undefined ? [] : [`at ${hostname}`]),
    ...(vip === undefined ? [] : [`vip ${vip}`]),
    // Sidekicks have those of their primary, where they are told already.
    ...(primary === undefined && to.length > 0 ? [`links ${to.join(", ")}`] : []),
  ].join(" · ");
}

function table(rows) {
  const heads = ["container", "address", "host", "state", "health", ""].map((textContent) =>
    element("th", { textContent }),
  );
  const made = element("table", {}, element("thead", {}, element("tr", {}, ...heads)), element("tbody", {}, ...rows));
  return element("div", { className: "scroll" }, made);
}

function row({ name, ip, networkFrom, host, state, health }, target) {
  const address = ip ?? (networkFrom === undefined ? "none yet" : `of ${networkFrom}`);
  const cells = [
    name,
    element("span", { className: ip === null ? "hint" : "ip", textContent: address }),
    host,
    chip(state),
    healthSelect(health, target, name),
    state === "stopped" ? button("Start", "start", target, name) : button("Stop", "stop", target, name),
  ];
  return element("tr", {}, ...cells.map((one) => element("td", {}, one)));
}

function healthSelect(health, target, name) {
  const made = element("select", { ariaLabel: `health of ${name}` }, ...options(healths));
  made.value = health ?? "none";
  made.className = goodStates.has(made.value) ? "good" : badStates.has(made.value) ? "bad" : "";
  made.dataset.key = `health ${new URLSearchParams(target)}`;
  made.addEventListener("change", () => tell("health", { ...target, state: made.value }));
  return made;
}

function options(names) {
  return names.map((name) => element("option", { value: name, textContent: name }));
}

/** The kinds that go with the scope, and the numbers that go with the kind. */
function faultForm() {
  const { on, kind } = byId("fault").elements;
  const possible = Object.entries(kinds).filter(([, one]) => one.on.includes(on.value));
  const wanted = kind.value;
  kind.replaceChildren(...options(possible.map(([name]) => name)));
  if (possible.some(([name]) => name === wanted)) kind.value = wanted;
  const { does = "", takes = {} } = kinds[kind.value] ?? {};
  byId("does").textContent = does;
  const inputs = Object.entries(takes).map(([name, value]) =>
    element("label", {}, `${name} `, element("input", { type: "number", min: 0, name, value: value ?? "" })),
  );
  byId("numbers").replaceChildren(...inputs);
}

function start() {
  for (const one of document.querySelectorAll("[data-call]")) {
    one.addEventListener("click", () => tell(one.dataset.call));
  }
  byId("fault").addEventListener("change", (event) => {
    if (event.target instanceof HTMLSelectElement) faultForm();
  });
  byId("fault").addEventListener("submit", (event) => {
    event.preventDefault();
    void tell("fault", Object.fromEntries([...new FormData(event.target)].filter(([, value]) => value !== "")));
  });
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden) void refresh();
  });
  setInterval(() => {
    if (!document.hidden) void refresh();
  }, REFRESH_MS);
}

const faults = await (await fetch("/faults")).json();
kinds = faults.kinds;
byId("fault").elements.on.replaceChildren(...options(faults.scopes));
byId("fault").elements.on.value = "all";
faultForm();
start();
await refresh();
