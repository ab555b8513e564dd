import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Reading, type Said, show } from "../../test-support/catalogue.js";
import { askable, listIn, sequences, worlds } from "../../test-support/worlds.js";
import type { RancherOptions } from "../config.js";
import type { Catalogue } from "./catalogue.js";

const options: fc.Arbitrary<RancherOptions> = fc.record({
  useHealthCheck: fc.boolean(),
  failOpen: fc.boolean(),
  includeStarting: fc.boolean(),
  excludeSystem: fc.boolean(),
  publishedPorts: fc.boolean(),
  hostLabels: fc.constantFrom([], ["zone", "__proto__"]),
  containerLabels: fc.constantFrom([], ["zone", "__proto__"]),
});

/** Everything that can be asked, answered. */
function answers(reading: Reading, catalogue: Catalogue): object {
  const found = askable.map(([name, port]) => [
    `${port} of ${name}`,
    reading.find(catalogue, name, port).map(show).sort(),
  ]);
  const { names, skipped, ownStack } = catalogue;
  return { found, names, skipped, ownStack, shown: catalogue.toJSON() };
}

describe("the catalogue", () => {
  it("says after any sequence of versions what it would say had the last been the first", async () => {
    await fc.assert(
      fc.asyncProperty(sequences, options, async (sequence, chosen) => {
        const reading = new Reading(chosen);
        for (const said of sequence) {
          const fresh = new Reading(chosen);
          const expected = answers(fresh, await fresh.read(said));
          expect(answers(reading, await reading.read(said))).toEqual(expected);
        }
      }),
      { numRuns: 300 },
    );
  });

  it("says the same in whatever order it is told", async () => {
    const shuffled = worlds.chain((said) =>
      fc.tuple(fc.constant(said), shuffle(said.containers), shuffle(said.services), shuffle(said.hosts)),
    );
    await fc.assert(
      fc.asyncProperty(shuffled, options, async ([said, containers, services, hosts], chosen) => {
        const other: Said = {
          ...said,
          containers,
          services: said.services && services,
          hosts: said.hosts && hosts,
        };
        const [a, b] = [new Reading(chosen), new Reading(chosen)];
        expect(answers(b, await b.read(other))).toEqual(answers(a, await a.read(said)));
      }),
      { numRuns: 300 },
    );
  });
});

function shuffle(list: unknown): fc.Arbitrary<unknown[]> {
  const all = [...listIn(list)];
  return fc.shuffledSubarray(all, { minLength: all.length });
}
