import { element, setText } from "./dom.js";
import { mood } from "./format.js";
import { Sparkline } from "./sparkline.js";

/** One number with its recent past. */
export class Tile {
  #value = element("span");
  #unit = element("span", { class: "unit" });
  #more = element("div", { class: "more" });
  #line;
  element;

  constructor(what, { top } = {}) {
    this.#line = new Sparkline(top);
    const value = element("div", { class: "value" }, this.#value, " ", this.#unit);
    this.element = element(
      "div",
      { class: "tile" },
      element("div", { class: "what" }, what),
      value,
      this.#more,
      this.#line.element,
    );
  }

  draw({ value, unit = "", more = "", line, fresh, share = false }) {
    setText(this.#value, value);
    setText(this.#unit, unit);
    setText(this.#more, more);
    if (fresh) this.#line.add(line, share ? mood(line) : "");
  }
}
