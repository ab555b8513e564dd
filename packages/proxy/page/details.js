import { element, setText } from "./dom.js";
import { bytes, ms, short } from "./format.js";

const names = {
  "status/1XX": "1XX",
  "status/2XX": "2XX",
  "status/3XX": "3XX",
  "status/4XX": "4XX",
  "status/5XX": "5XX",
  "status/error": "no answer",
  "retries/total": "retries",
  "retries/requeues": "requeues",
  "retries/budget": "retry budget left",
  "retries/budget_exhausted": "retries beyond the budget",
  "failure_accrual/removals": "endpoints taken out",
  "failure_accrual/revivals": "brought back",
  "failure_accrual/probes": "probes",
  connects: "connects",
  closes: "closes",
  received_bytes: "received",
  sent_bytes: "sent",
};

/** All there is to say of a service or client. Its addresses are asked for by a click: with thousands of clients that is a long answer. */
export class Details {
  #kind;
  #name;
  #figures = element("dl");
  #addresses = element("p", { class: "mono" });
  #places = new Map();
  element;

  constructor(kind, label, name, columns) {
    this.#kind = kind;
    this.#name = `/${name}`;
    const playground = new URLSearchParams({ router: label, path: this.#name });
    const metrics = new URLSearchParams({
      q: `rt/${label}/${kind === "clients" ? "client" : "service"}/${name}`,
      pretty: "1",
    });
    const ask = element("button", { type: "button", on: { click: () => this.#ask() } }, "Show its addresses");
    const links = element(
      "p",
      { class: "controls" },
      kind === "clients" ? ask : undefined,
      element("a", { href: `delegator?${playground}` }, "How it is resolved"),
      element("a", { href: `admin/metrics.json?${metrics}` }, "All its metrics"),
    );
    const inside = element("div", { class: "inside" }, this.#figures, links, this.#addresses);
    this.element = element("tr", { class: "details" }, element("td", { colspan: columns }, inside));
    this.#addresses.hidden = true;
  }

  draw({ latency, balancer, requests, failures, pending, connections, details }) {
    this.#figure("requests", short(requests));
    this.#figure("failed", short(failures));
    this.#figure("in flight", short(pending));
    if (this.#kind === "clients") this.#figure("connections", short(connections));
    if (balancer !== null) this.#figure("balancer", balancer);
    for (const name of ["p50", "p90", "p95", "p99", "p9990", "max"]) {
      this.#figure(name === "p9990" ? "p99.9" : name, latency === null ? "–" : `${ms(latency[name])} ms`);
    }
    for (const [name, value] of Object.entries(details)) {
      this.#figure(names[name] ?? name, name.endsWith("_bytes") ? bytes(value) : short(value));
    }
  }

  #figure(name, text) {
    if (!this.#places.has(name)) {
      const place = element("dd");
      this.#places.set(name, place);
      this.#figures.append(element("div", {}, element("dt", {}, name), place));
    }
    setText(this.#places.get(name), text);
  }

  async #ask() {
    this.#addresses.hidden = false;
    setText(this.#addresses, "…");
    try {
      const answer = await fetch("client_state.json");
      const found = answer.ok ? (await answer.json())[this.#name] : undefined;
      const text =
        found === undefined
          ? "not known"
          : [found.state === "bound" ? "" : found.state, ...(found.addresses ?? [])]
              .filter((one) => one !== "")
              .join("  ");
      setText(this.#addresses, text === "" ? "none" : text);
    } catch {
      setText(this.#addresses, "The admin server does not answer.");
    }
  }
}
