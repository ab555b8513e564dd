import { svg } from "./dom.js";

const width = 120;
const height = 30;
/** A minute and a half; the line is spread over a third of it at the least. */
const kept = 90;
const spread = 30;

/** The last values as a line. `top`: what its upper edge stands for; absent: the largest value. */
export class Sparkline {
  #values = [];
  #top;
  #area = svg("path", { class: "area" });
  #line = svg("path", { class: "line" });
  element = svg(
    "svg",
    { class: "spark", viewBox: `0 0 ${width} ${height}`, preserveAspectRatio: "none", "aria-hidden": "true" },
    this.#area,
    this.#line,
  );

  constructor(top) {
    this.#top = top;
  }

  /** Null: nothing is known, and the line stays where it was. */
  add(value, mood = "") {
    this.element.setAttribute("class", `spark ${mood}`);
    this.#values.push(value ?? this.#values.at(-1) ?? null);
    if (this.#values.length > kept) this.#values.shift();
    const known = this.#values.filter((one) => one !== null);
    const top = this.#top ?? Math.max(1, ...known);
    const step = width / (Math.max(spread, known.length) - 1);
    const from = width - (known.length - 1) * step;
    const points = known.map(
      (one, i) => `${(from + i * step).toFixed(1)} ${(height - 1 - (one / top) * (height - 2)).toFixed(1)}`,
    );
    if (points.length < 2) return;
    this.#line.setAttribute("d", `M${points.join("L")}`);
    this.#area.setAttribute("d", `M${from.toFixed(1)} ${height}L${points.join("L")}L${width} ${height}Z`);
  }
}
