import { Details } from "./details.js";
import { arrange, element, setText, svg } from "./dom.js";
import { mood, ms, percent, short } from "./format.js";

const titles = { services: "Services", clients: "Clients" };
/** On a narrow screen these are left to the details. */
const less = new Set(["Failed", "In flight", "Connections", "p50 ms"]);
const columns = {
  services: ["Name", "Requests/s", "Success", "Failed", "In flight", "p50 ms", "p99 ms"],
  clients: ["Name", "Requests/s", "Success", "Failed", "Endpoints", "Connections", "p50 ms", "p99 ms"],
};

/** A page of a router's services or clients. Rows are kept by name, so that what is open or has the focus stays so. */
export class RowTable {
  #kind;
  #label;
  #rows = new Map();
  #body = element("tbody");
  #count = element("span", { class: "hint" });
  #place = element("span");
  #back;
  #forth;
  #all;
  #pager;
  #empty = element("p", { class: "empty" });
  #table;
  #page = 0;
  element;

  constructor(kind, label, turn) {
    this.#kind = kind;
    this.#label = label;
    const title = `${titles[kind]} of ${label}`;
    const turner = (text, by, about) =>
      element("button", { type: "button", "aria-label": about, on: { click: () => turn(this.#page + by) } }, text);
    this.#back = turner("‹", -1, `${title}: previous page`);
    this.#forth = turner("›", 1, `${title}: next page`);
    this.#all = element("button", { type: "button", on: { click: () => turn(undefined) } }, "Show all");
    this.#pager = element("span", { class: "pager" }, this.#back, this.#place, this.#forth);
    const head = columns[kind].map((name, i) => element("th", { scope: "col", class: numberClass(name, i > 0) }, name));
    this.#table = element(
      "div",
      { class: "scroll", tabindex: "0", role: "region", "aria-label": title },
      element("table", {}, element("thead", {}, element("tr", {}, ...head)), this.#body),
    );
    const top = element("div", { class: "top" }, element("h3", {}, titles[kind]), this.#count, this.#all, this.#pager);
    this.element = element("div", { class: "part" }, top, this.#table, this.#empty);
  }

  draw(table, { chosen, find }) {
    if (table === null) return;
    this.#page = table.page;
    const found = find === "" ? `${table.total}` : `${table.matching} of ${table.total}`;
    setText(this.#count, found);
    const whole = table.pages === 1;
    this.#pager.hidden = whole || !chosen;
    this.#all.hidden = whole || chosen;
    setText(this.#place, `${table.page + 1} of ${table.pages}`);
    this.#back.disabled = table.page === 0;
    this.#forth.disabled = table.page === table.pages - 1;
    this.#table.hidden = table.rows.length === 0;
    this.#empty.hidden = table.rows.length > 0;
    setText(
      this.#empty,
      table.total > 0 ? "None of this name." : `No ${this.#kind} yet: they come with the first request.`,
    );
    const names = new Set(table.rows.map(({ name }) => name));
    for (const name of this.#rows.keys()) if (!names.has(name)) this.#rows.delete(name);
    const rows = table.rows.flatMap((row) => {
      if (!this.#rows.has(row.name)) this.#rows.set(row.name, new TableRow(this.#kind, this.#label, row.name));
      return this.#rows.get(row.name).draw(row);
    });
    arrange(this.#body, rows);
  }
}

class TableRow {
  #kind;
  #open;
  #cells;
  #row;
  #details;

  constructor(kind, label, name) {
    this.#kind = kind;
    const toggle = () =>
      this.#open.setAttribute("aria-expanded", String(this.#open.getAttribute("aria-expanded") !== "true"));
    this.#open = element(
      "button",
      { type: "button", class: "open", "aria-expanded": "false", on: { click: () => this.#toggled(toggle) } },
      `/${name}`,
    );
    this.#cells = columns[kind].slice(1).map((name) => element("td", { class: numberClass(name, true) }));
    this.#row = element("tr", {}, element("td", { class: "name" }, this.#open), ...this.#cells);
    this.#details = new Details(kind, label, name, columns[kind].length);
  }

  #toggled(toggle) {
    toggle();
    const open = this.#open.getAttribute("aria-expanded") === "true";
    if (open) this.#row.after(this.#details.element);
    else this.#details.element.remove();
  }

  draw(row) {
    const { latency, endpoints, success } = row;
    const common = [short(row.rate), percent(success), short(row.failures)];
    const own =
      this.#kind === "clients"
        ? [endpoints === null ? "–" : `${endpoints.available}/${endpoints.size}`, short(row.connections)]
        : [short(row.pending)];
    const texts = [...common, ...own, ms(latency?.p50), ms(latency?.p99)];
    for (const [i, text] of texts.entries()) {
      if (this.#kind === "clients" && i === 3) this.#drawEndpoints(this.#cells[i], text, endpoints);
      else setText(this.#cells[i], text);
    }
    this.#cells[1].className = `n ${mood(success)}`;
    if (this.#open.getAttribute("aria-expanded") !== "true") return [this.#row];
    this.#details.draw(row);
    return [this.#row, this.#details.element];
  }

  #drawEndpoints(cell, text, endpoints) {
    if (cell.dataset.text === text) return;
    cell.dataset.text = text;
    cell.replaceChildren(text);
    if (endpoints === null || endpoints.size === 0) return;
    const share = endpoints.available / endpoints.size;
    const kind = share === 1 ? "good" : share >= 0.5 ? "warn" : "bad";
    const part = svg("rect", { class: `part-${kind}`, width: `${share * 100}%`, height: "100%", rx: 4 });
    cell.append(
      svg(
        "svg",
        { class: "bar", "aria-hidden": "true" },
        svg("rect", { class: "track", width: "100%", height: "100%", rx: 4 }),
        part,
      ),
    );
  }
}

function numberClass(name, number) {
  return [number && "n", less.has(name) && "less"].filter(Boolean).join(" ") || undefined;
}
