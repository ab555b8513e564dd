import { element, setText } from "./dom.js";
import { mood, percent, short } from "./format.js";
import { RowTable } from "./row-table.js";
import { Sparkline } from "./sparkline.js";

/** A router: what goes through it in all, and the tables of its services and clients. */
export class RouterCard {
  #figures = {};
  #rate = new Sparkline();
  #success = new Sparkline(1);
  #servers = element("span", { class: "servers" });
  #tables;
  element;

  constructor(label, turnTo) {
    const figure = (name, what) => {
      this.#figures[name] = element("span", { class: "value" });
      return element("span", { class: "figure" }, element("span", { class: "what" }, what), this.#figures[name]);
    };
    this.#tables = {
      services: new RowTable("services", label, (page) =>
        turnTo(label, page === undefined ? undefined : "services", page),
      ),
      clients: new RowTable("clients", label, (page) =>
        turnTo(label, page === undefined ? undefined : "clients", page),
      ),
    };
    const head = element(
      "div",
      { class: "head" },
      element("div", {}, element("h2", {}, label), this.#servers),
      figure("rate", "requests/s"),
      this.#rate.element,
      figure("success", "success"),
      this.#success.element,
      figure("pending", "in flight"),
      figure("connections", "connections in · out"),
      figure("retries", "retries/s"),
    );
    this.element = element(
      "section",
      { class: "card router", "aria-label": `Router ${label}` },
      head,
      this.#tables.services.element,
      this.#tables.clients.element,
    );
  }

  draw(router, { fresh, chosen, find }) {
    const { success } = router;
    setText(this.#figures.rate, short(router.rate));
    setText(this.#figures.success, percent(success));
    this.#figures.success.className = `value ${mood(success)}`;
    setText(this.#figures.pending, short(router.pending));
    setText(this.#figures.connections, `${short(router.incoming)} · ${short(router.outgoing)}`);
    const share = router.rate > 0 && router.retries > 0 ? ` (${percent(router.retries / router.rate)})` : "";
    setText(this.#figures.retries, short(router.retries) + share);
    setText(this.#servers, router.servers.map(({ name }) => name.replace(/\/(?=\d+$)/, ":")).join(", "));
    if (fresh) {
      this.#rate.add(router.rate);
      this.#success.add(success, mood(success));
    }
    for (const kind of ["services", "clients"]) this.#tables[kind].draw(router[kind], { chosen, find });
  }
}
