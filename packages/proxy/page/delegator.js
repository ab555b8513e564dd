import { branchesOf, verdictOf, winnersOf } from "./delegation.js";
import { byId, element, problem } from "./dom.js";
import { percent } from "./format.js";

const form = byId("ask");
const query = new URLSearchParams(location.search);
/** Linkerd's links have the name behind a #. */
const hash = new URLSearchParams(`x=${location.hash.slice(1).replaceAll("+", "%2B").replaceAll("&", "%26")}`).get("x");
let asking;

const ownDtab = () => form.router.selectedOptions[0]?.dataset.dtab ?? "";

function begin() {
  form.dtab.value = query.get("dtab") ?? ownDtab();
  const path = query.get("path") ?? (hash.startsWith("/") ? hash : undefined);
  if (path === undefined) return;
  form.path.value = path;
  void ask();
}

form.router.addEventListener("change", () => {
  form.dtab.value = ownDtab();
  void ask();
});
byId("reset").addEventListener("click", () => {
  form.dtab.value = ownDtab();
  void ask();
});
form.dtab.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) form.requestSubmit();
});
form.addEventListener("submit", (event) => {
  event.preventDefault();
  void ask();
});

async function ask() {
  const [namespace, path, dtab] = [form.router.value, form.path.value.trim(), form.dtab.value];
  const changed = dtab !== ownDtab();
  const address = new URLSearchParams({ router: namespace, path, ...(changed ? { dtab } : {}) });
  history.replaceState(null, "", `?${address}`);
  asking?.abort();
  const stop = new AbortController();
  asking = stop;
  try {
    const body = JSON.stringify({ namespace, path, ...(changed ? { dtab } : {}) });
    const headers = { "content-type": "application/json" };
    const answer = await fetch("delegator.json", { method: "POST", headers, body, signal: stop.signal });
    const text = await answer.text();
    if (!answer.ok) return fail(text === "" ? `The answer was ${answer.status}.` : text);
    draw(JSON.parse(text));
    problem();
  } catch {
    if (!stop.signal.aborted) fail("The admin server does not answer.");
  }
}

function fail(text) {
  problem(text);
  byId("answer").replaceChildren();
}

function draw(tree) {
  byId("answer").replaceChildren(verdict(tree), element("ul", { class: "tree card" }, item(tree, {}, true)));
}

function verdict(tree) {
  const ids = [...new Set(winnersOf(tree).map(({ bound }) => bound.id))];
  const says = {
    bound: ["good", "Goes to ", ids.join(", ")],
    neg: ["bad", "Does not exist: ", "no alternative leads anywhere"],
    fail: ["bad", "Fails: ", "the dtab says so, and no alternative is tried"],
    empty: ["bad", "Has no addresses: ", "the dtab says so, and no alternative is tried"],
    failed: ["bad", "Cannot be told: ", "a namer fails"],
  }[verdictOf(tree)];
  const [kind, what, why] = says;
  return element(
    "p",
    { class: "verdict" },
    element("strong", { class: kind }, what),
    element("span", { class: "mono" }, why),
  );
}

/** A node and what comes of it. `wins`: requests go this way. */
function item(node, { weight, share }, wins) {
  const step = element("div", { class: "step" });
  const note = (text, kind = "note") => step.append(element("span", { class: kind }, text));
  if (weight !== undefined) note(`${percent(share)} (weight ${weight})`, "chip note");
  note(node.path, "path");
  if (node.type === "alt") note("alternatives, the first that exists");
  if (node.type === "union") note("shared by weight");
  if (node.type === "transformation") note(`through ${node.name}`);
  if (node.type === "neg") note("does not exist", "chip warn");
  if (node.type === "fail") note("fails: no alternative is tried", "chip bad");
  if (node.type === "empty") note("no addresses: no alternative is tried", "chip bad");
  if (node.type === "exception") note(node.message, "bad");
  if (node.type === "leaf") leaf(node, note);
  if (node.dentry !== undefined) note(`by ${node.dentry.prefix} => ${node.dentry.dst}`, "dentry");
  const parts = branchesOf(node).map((one) => item(one.node, one, wins && one.counts));
  return element(
    "li",
    { class: wins ? "wins" : "loses" },
    step,
    addresses(node),
    parts.length > 0 ? element("ul", {}, ...parts) : undefined,
  );
}

function leaf({ path: here, bound }, note) {
  const { addr, id, path } = bound;
  const count = addr.addrs?.length ?? 0;
  note(
    ...(addr.type === "bound"
      ? [`${count} ${count === 1 ? "address" : "addresses"}`, `chip ${count > 0 ? "good" : "warn"}`]
      : [addr.cause ?? addr.type, "chip bad"]),
  );
  const rest = path === "/" ? "" : `, and ${path} is left over`;
  if (id !== here || rest !== "") note(`client ${id}${rest}`, "dentry");
}

function addresses(node) {
  if (node.type !== "leaf" || !(node.bound.addr.addrs?.length > 0)) return undefined;
  const all = node.bound.addr.addrs.map(({ ip, port, meta }) => {
    const weight = meta?.endpoint_addr_weight;
    return `${ip.includes(":") ? `[${ip}]` : ip}:${port}${weight === undefined ? "" : ` ×${weight}`}`;
  });
  const shown = all.slice(0, 50).join("  ");
  return element("div", { class: "addresses" }, all.length > 50 ? `${shown}  and ${all.length - 50} more` : shown);
}

begin();
