import { HttpAnswer } from "@namerkit/watch";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { answerOf } from "../../test-support/catalogue.js";
import { container } from "../../test-support/scripted-api.js";
import { DigestList } from "./digest-list.js";

const answer = (text: string): HttpAnswer => new HttpAnswer(200, {}, Buffer.from(text), "GET /containers");
/** Entries that have a name, by their name and address; all else is odd. */
const named = () =>
  new DigestList("containers", (value) => {
    const { name, primary_ip: ip } = Object(value) as { name?: unknown; primary_ip?: unknown };
    return typeof name === "string" ? { at: `${name} ${JSON.stringify(ip)}` } : undefined;
  });
const at = ({ entries }: { entries: readonly { at: string }[] }) => entries.map((entry) => entry.at);
const read = (value: unknown) => named().read(answerOf(value));

const many = (count: number) =>
  Array.from({ length: count }, (_, i) => container(`shop/web${i % 7}`, `10.0.${i >> 8}.${i & 255}`));

describe("DigestList", () => {
  it("reads each entry, and one that is there twice once", async () => {
    const web = container("shop/web", "10.0.0.1");
    const list = await read([web, container("shop/web", "10.0.0.2"), web]);
    expect([at(list), list.odd]).toEqual([['shop-web-1 "10.0.0.1"', 'shop-web-1 "10.0.0.2"'], 0]);
  });

  it.each([null, []])("takes %j for empty", async (list) => expect(await read(list)).toEqual({ entries: [], odd: 0 }));

  it.each([{}, "text", 1, true, { code: 404 }])("does not take %j for a list", async (value) => {
    await expect(read(value)).rejects.toMatchObject({ code: "NAMER_ANSWER" });
  });

  it.each([
    "",
    "<html>",
    "[",
    "[{]",
    '[{"a":1},{"a":2]',
    '[{"a":1},{"a":2}',
    '[{"a":1},{"a":2}]]',
    '[{"a":1},,{"a":2}]',
  ])("does not take %j for JSON", async (text) => {
    await expect(named().read(answer(text))).rejects.toMatchObject({ code: "NAMER_ANSWER" });
  });

  it("skips and counts what is odd, and nothing else", async () => {
    const list = await read([null, 1, { name: 1 }, container("shop/web", "10.0.0.1")]);
    expect([at(list), list.odd]).toEqual([['shop-web-1 "10.0.0.1"'], 3]);
  });

  it.each([0, 1, 2, 50])("gives the same object for the same %i entries in another order", async (count) => {
    const list = named();
    const containers = many(count);
    const first = await list.read(answerOf(containers));
    expect(await list.read(answerOf([...containers].reverse()))).toBe(first);
    const other = await list.read(answerOf([container("blog/web", "10.9.9.9"), ...containers.slice(1)]));
    expect(other).not.toBe(first);
    expect(await list.read(answerOf(containers))).toEqual(first);
  });

  it("gives the same object for entries that differ only in what is not read", async () => {
    const read = (value: unknown) => ({ name: (value as { name: string }).name });
    const list = new DigestList("services", read, { unread: "containers" });
    const of = (...containers: unknown[]) => ({ containers, name: "a", links: [] });
    const b = { containers: null, name: "b", links: [] };
    const first = await list.read(answerOf([of("x", "y]z", "w"), b]));
    for (const containers of [["w", "x", "y]z"], [], [{ dns: [] }]]) {
      expect((await list.read(answerOf([b, of(...containers)]))).entries.map(({ name }) => name).sort()).toEqual([
        "a",
        "b",
      ]);
    }
    await list.read(answerOf([b, of("x", "w")]));
    const again = await list.read(answerOf([of("w", "x"), b]));
    expect(again.entries).toContain(first.entries[1]);
    expect(await list.read(answerOf([b, of("v")]))).toBe(again);
    expect(await list.read(answerOf([b, { ...of("v"), name: "c" }]))).not.toBe(again);
  });

  it("parses only what it has not seen in the last list", async () => {
    let parsed = 0;
    const list = new DigestList("containers", (value) => {
      parsed++;
      return Object(value) as object;
    });
    const containers = many(50);
    await list.read(answerOf(containers));
    await list.read(answerOf([...containers.slice(1), container("shop/web", "10.9.9.9")]));
    expect(parsed).toBe(51);
    await list.read(answerOf(containers));
    expect(parsed).toBe(52);
  });

  it("keeps what it knows beside entries that are odd or begin with another key, wherever they stand, and in any layout", async () => {
    const list = new DigestList("containers", (value) =>
      typeof value === "object" && value ? { ...value } : undefined,
    );
    const containers = many(50);
    const strange = [{ age: 7, name: "alone" }, null, 7];
    const first = await list.read(answerOf([...containers, ...strange]));
    for (const order of [
      [...strange, ...containers],
      [...containers.slice(20), strange[1], strange[0], ...containers.slice(0, 20), strange[2]],
    ]) {
      expect(await list.read(answerOf(order))).toBe(first);
      expect(await list.read(answer(JSON.stringify(order, null, 2)))).toBe(first);
    }
  });

  it.each(["{}", '{"a":1}', '{"containers":[', "null"])("looks at no more of %s than there is", async (text) => {
    const list = new DigestList("services", () => undefined, { unread: "containers" });
    const found = list.read(answer(`[${text}]`));
    if (text.endsWith("[")) await expect(found).rejects.toMatchObject({ code: "NAMER_ANSWER" });
    else expect(await found).toEqual({ entries: [], odd: 1 });
  });

  it("reads what is nested too deep to be written again", async () => {
    const deep = `{"name": ${"[".repeat(100_000)}${"]".repeat(100_000)}}`;
    const list = new DigestList("containers", (value) => (value === null ? undefined : {}));
    expect((await list.read(answer(`[null, ${deep}, ${deep}]`))).entries.length).toBe(2);
  });

  it("reads lists with white space, and those whose pieces are not where they seem to be", async () => {
    const list = [
      { links: [{ links: 1 }, { links: 2 }], ...container("shop/web", "10.0.0.1") },
      { links: [], ...container("shop/web", "10.0.0.2"), labels: { text: '},{"links":' } },
    ];
    for (const text of [JSON.stringify(list), JSON.stringify(list, null, 2), ` ${JSON.stringify(list)}\n`]) {
      const found = await named().read(answer(text));
      expect([at(found), found.odd]).toEqual([['shop-web-1 "10.0.0.1"', 'shop-web-1 "10.0.0.2"'], 0]);
    }
  });

  it("reads a large list in slices, and stops between two when nobody wants it", async () => {
    const large = answerOf(many(20_000));
    let turns = 0;
    const counting = (): void => {
      turns++;
      immediate = setImmediate(counting);
    };
    let immediate = setImmediate(counting);
    const { entries } = await named().read(large);
    clearImmediate(immediate);
    expect(entries.length).toBe(20_000);
    expect(turns).toBeGreaterThan(2);
    const controller = new AbortController();
    const reading = named().read(large, controller.signal);
    controller.abort(new Error("enough"));
    await expect(reading).rejects.toThrow("enough");
  });

  const entry = fc.oneof(
    { weight: 4, arbitrary: fc.record({ name: fc.string(), primary_ip: fc.jsonValue() }, { requiredKeys: [] }) },
    fc.jsonValue(),
  );

  it("comes to the same, whatever it remembers and however the list is written", async () => {
    const lists = fc.array(fc.tuple(fc.array(entry), fc.boolean()), { maxLength: 6 });
    await fc.assert(
      fc.asyncProperty(lists, async (versions) => {
        const remembering = named();
        for (const [entries, pretty] of versions) {
          const found = await remembering.read(answer(JSON.stringify(entries, null, pretty ? 1 : 0)));
          const whole = await named().read(answer(`[ ${entries.map((one) => JSON.stringify(one)).join(", ")}]`));
          expect(new Set(at(found))).toEqual(new Set(at(whole)));
        }
      }),
    );
  });
});
