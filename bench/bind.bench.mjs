// Binding a name: cold (a new binding each time) and cached (the name client's path for a name at hand), for dtabs of several sizes.
// The yardstick is what cannot be saved: parsing the path of the request, and a Map lookup by its text.
import { createNameClient } from "@namerkit/client";
import {
  Activity,
  Addr,
  address,
  createInterpreter,
  Dtab,
  Name,
  NameTree,
  noMetrics,
  Path,
  systemClock,
  Var,
} from "@namerkit/core";
import { interleave, median, short, table } from "./lib/interleave.mjs";

const prefix = Path.parse("/#/io.l5d.fixed");
const addr = Var.value(Addr.bound([address("10.0.0.1", 80), address("10.0.0.2", 80)]));
const namer = {
  lookup: (path) => Activity.value(NameTree.leaf(Name.bound(prefix.concat(path.take(1)), path.drop(1), addr))),
};
const interpreter = createInterpreter({ namers: [{ prefix, namer }] });

const noise = (count) => Array.from({ length: count }, (_, i) => `/other${i}/*/x => /nowhere/${i} ;`).join("\n");
const dtabs = {
  "2 entries": Dtab.parse("/srv => /#/io.l5d.fixed ; /svc => /srv ;"),
  "100 entries": Dtab.parse(`${noise(98)}\n/srv => /#/io.l5d.fixed ; /svc => /srv ;`),
};
const names = Array.from({ length: 100 }, (_, i) => Path.of("svc", `web${i}`));

let sink = 0;
const per = (count, work) => {
  const start = performance.now();
  for (let i = 0; i < count; i++) work(names[i % names.length], i);
  return count / ((performance.now() - start) / 1000);
};

const contestants = {
  "parse a path, look it up in a Map": () => {
    const known = new Map(names.map((name) => [name.show(), name]));
    const texts = names.map((name) => name.show());
    return per(200_000, (_, i) => {
      if (known.get(Path.parse(texts[i % texts.length]).show()) !== undefined) sink++;
    });
  },
};
for (const [size, dtab] of Object.entries(dtabs)) {
  contestants[`cold bind, dtab of ${size}`] = () =>
    per(5_000, (name) => {
      interpreter
        .bind(dtab, name)
        .run.observe((state) => {
          if (state.status === "ok") sink++;
        })
        .close();
    });
  const client = createNameClient({ interpreter, dtab, clock: systemClock, random: Math.random, metrics: noMetrics });
  for (const name of names) (await client.acquire(name, Dtab.empty)).release("success");
  contestants[`cached, dtab of ${size}`] = () => {
    return per(200_000, (name) => {
      const lease = client.tryAcquire(name, Dtab.empty);
      if (lease === undefined) throw new Error(`${name.show()} is not at hand`);
      sink++;
      lease.release("success");
    });
  };
}

const samples = interleave(contestants);
const yardstick = median(samples["parse a path, look it up in a Map"]);
console.log(`Node ${process.version}, ${sink} answers\n`);
table(
  ["what", "per second", "yardstick's rate / this"],
  Object.entries(samples).map(([name, values]) => [
    name,
    short(median(values)),
    (yardstick / median(values)).toFixed(2),
  ]),
);
