// Updates a second of a Var against three signals libraries, in four shapes (goal G17: at least the best of them in each).
import { Var } from "@namerkit/core";
import * as preact from "@preact/signals-core";
import * as alien from "alien-signals";
import { BehaviorSubject } from "rxjs";
import { interleave, median, short, table } from "./lib/interleave.mjs";

let sink = 0;
const libraries = {
  Var: {
    make: () => Var.mutable(0),
    set: (cell, value) => cell.update(value),
    observe: (cell) => {
      const handle = cell.observe((value) => {
        sink += value;
      });
      return () => handle.close();
    },
  },
  "preact signals": {
    make: () => preact.signal(0),
    set: (cell, value) => {
      cell.value = value;
    },
    observe: (cell) =>
      preact.effect(() => {
        sink += cell.value;
      }),
  },
  "alien-signals": {
    make: () => alien.signal(0),
    set: (cell, value) => cell(value),
    observe: (cell) =>
      alien.effect(() => {
        sink += cell();
      }),
  },
  "rxjs BehaviorSubject": {
    make: () => new BehaviorSubject(0),
    set: (cell, value) => cell.next(value),
    observe: (cell) => {
      const subscription = cell.subscribe((value) => {
        sink += value;
      });
      return () => subscription.unsubscribe();
    },
  },
};

const shapes = [
  { name: "1 observer", cells: 1, observers: 1, updates: 1_000_000 },
  { name: "100 observers", cells: 1, observers: 100, updates: 20_000 },
  { name: "10,000 observers", cells: 1, observers: 10_000, updates: 200 },
  { name: "10,000 cells of 1", cells: 10_000, observers: 1, updates: 1_000_000 },
];

let next = 0;
function sample(library, { cells: count, observers, updates }, figures) {
  const cells = Array.from({ length: count }, library.make);
  const heapBefore = process.memoryUsage().heapUsed;
  const subscribing = performance.now();
  const stops = [];
  for (const cell of cells) for (let i = 0; i < observers; i++) stops.push(library.observe(cell));
  figures.subscribe.push(stops.length / (performance.now() - subscribing) / 1e-3);
  globalThis.gc?.();
  figures.bytes.push((process.memoryUsage().heapUsed - heapBefore) / stops.length);
  const start = performance.now();
  for (let i = 0, at = 0; i < updates; i++) {
    library.set(cells[at], ++next);
    if (++at === count) at = 0;
  }
  const rate = updates / ((performance.now() - start) / 1000);
  for (const stop of stops) stop();
  return rate;
}

const rows = [];
for (const shape of shapes) {
  const figures = Object.fromEntries(Object.keys(libraries).map((name) => [name, { subscribe: [], bytes: [] }]));
  const rates = interleave(
    Object.fromEntries(
      Object.entries(libraries).map(([name, library]) => [name, () => sample(library, shape, figures[name])]),
    ),
  );
  for (const [name, values] of Object.entries(rates)) {
    rows.push([
      shape.name,
      name,
      short(median(values)),
      `${(median(rates.Var) / median(values)).toFixed(2)}`,
      short(median(figures[name].subscribe)),
      median(figures[name].bytes).toFixed(0),
    ]);
  }
}
console.log(`Node ${process.version}${sink === 0 ? " (nothing was observed?)" : ""}\n`);
table(["shape", "library", "updates/s", "Var / this", "subscribe/s", "heap B per observer"], rows);

// Derived values, which signals libraries have too: one cell under 100 maps that are collected into one observer.
const derived = {
  "Var.collect of 100 maps": () => {
    const cell = Var.mutable(0);
    const handle = Var.collect(Array.from({ length: 100 }, () => cell.map((x) => x + 1))).observe((all) => {
      sink += all.length;
    });
    const start = performance.now();
    for (let i = 0; i < 5_000; i++) cell.update(i);
    handle.close();
    return 5_000 / ((performance.now() - start) / 1000);
  },
  "preact: computed of 100 computed": () => {
    const cell = preact.signal(0);
    const parts = Array.from({ length: 100 }, () => preact.computed(() => cell.value + 1));
    const all = preact.computed(() => parts.map((part) => part.value));
    const stop = preact.effect(() => {
      sink += all.value.length;
    });
    const start = performance.now();
    for (let i = 0; i < 5_000; i++) cell.value = ++next;
    stop();
    return 5_000 / ((performance.now() - start) / 1000);
  },
};
const derivedRates = interleave(derived);
const ours = median(derivedRates["Var.collect of 100 maps"]);
console.log("");
table(
  ["derived", "updates/s", "Var / this"],
  Object.entries(derivedRates).map(([name, values]) => [
    name,
    short(median(values)),
    (ours / median(values)).toFixed(2),
  ]),
);
