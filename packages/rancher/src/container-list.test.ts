import { isIP } from "node:net";
import { HttpAnswer } from "@namerkit/watch";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { container } from "../test-support/scripted-api.js";
import { ContainerList } from "./container-list.js";

const answer = (text: string): HttpAnswer => new HttpAnswer(200, {}, Buffer.from(text), "GET /containers");
const answerOf = (value: unknown): HttpAnswer => answer(JSON.stringify(value));
const read = (value: unknown) => new ContainerList(false).read(answerOf(value));

const many = (count: number) =>
  Array.from({ length: count }, (_, i) => container(`shop/web${i % 7}`, `10.0.${i >> 8}.${i & 255}`));

describe("ContainerList", () => {
  it("reads an index by service, each address once", async () => {
    const catalogue = await read([
      container("Shop/Web", "10.0.0.1", { uuid: "a" }),
      container("shop/web", "10.0.0.1", { uuid: "b" }),
      container("shop/web", "10.0.0.2"),
      container("shop/api", "10.0.0.3"),
    ]);
    expect(catalogue.names).toEqual(["shop/api", "shop/web"]);
    expect([...(catalogue.ipsOf("shop/web") ?? [])].sort()).toEqual(["10.0.0.1", "10.0.0.2"]);
    expect(catalogue.ipsOf("shop/other")).toBeUndefined();
    expect([catalogue.skipped, catalogue.isEmpty]).toEqual([0, false]);
  });

  it.each([null, []])("takes %j for empty", async (list) => expect((await read(list)).isEmpty).toBe(true));

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
    await expect(new ContainerList(false).read(answer(text))).rejects.toMatchObject({ code: "NAMER_ANSWER" });
  });

  it("skips and counts what is odd, and nothing else", async () => {
    const catalogue = await read([null, 1, container("shop/web", "127.0.0.1"), container("shop/web", "10.0.0.1")]);
    expect(catalogue.toJSON()).toEqual({ services: { "shop/web": ["10.0.0.1"] }, skipped: 3 });
  });

  it("gives the same catalogue for the same containers in another order", async () => {
    const list = new ContainerList(false);
    const containers = many(50);
    const first = await list.read(answerOf(containers));
    expect(await list.read(answerOf([...containers].reverse()))).toBe(first);
    const fewer = await list.read(answerOf(containers.slice(1)));
    expect(fewer).not.toBe(first);
    expect(await list.read(answerOf(containers.slice(1)))).toBe(fewer);
    const again = await list.read(answerOf(containers));
    expect(again.toJSON()).toEqual(first.toJSON());
  });

  it("reads lists with white space, and those whose pieces are not where they seem to be", async () => {
    const list = [
      { links: [{ links: 1 }, { links: 2 }], ...container("shop/web", "10.0.0.1") },
      { links: [], ...container("shop/web", "10.0.0.2"), labels: { text: '},{"links":' } },
    ];
    for (const text of [JSON.stringify(list), JSON.stringify(list, null, 2), ` ${JSON.stringify(list)}\n`]) {
      const catalogue = await new ContainerList(false).read(answer(text));
      expect(catalogue.toJSON()).toEqual({ services: { "shop/web": ["10.0.0.1", "10.0.0.2"] }, skipped: 0 });
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
    const catalogue = await new ContainerList(false).read(large);
    clearImmediate(immediate);
    expect(catalogue.names.length).toBe(7);
    expect(turns).toBeGreaterThan(2);
    const controller = new AbortController();
    const reading = new ContainerList(false).read(large, controller.signal);
    controller.abort(new Error("enough"));
    await expect(reading).rejects.toThrow("enough");
  });

  const entry = fc.record(
    {
      name: fc.string(),
      stack_name: fc.oneof(fc.constantFrom("shop", "Shop", null, ""), fc.jsonValue()),
      service_name: fc.oneof(fc.constantFrom("web", "WEB", "a/b", null), fc.jsonValue()),
      primary_ip: fc.oneof(fc.ipV4(), fc.ipV6(), fc.constantFrom("127.0.0.1", "::1", "", null), fc.jsonValue()),
      state: fc.oneof(fc.constantFrom("running", "stopped", null), fc.jsonValue()),
    },
    { requiredKeys: [] },
  );

  it("never throws on a list of anything, and never comes to an address that cannot be used", async () => {
    const list = fc.array(fc.oneof({ weight: 4, arbitrary: entry }, fc.jsonValue()));
    await fc.assert(
      fc.asyncProperty(list, async (entries) => {
        const catalogue = await read(entries);
        for (const name of catalogue.names) {
          expect(name.split("/").length).toBe(2);
          for (const ip of catalogue.ipsOf(name) ?? []) {
            expect(isIP(ip)).not.toBe(0);
            expect(ip).not.toMatch(/^(127\.|0\.|::1?$|::ffff:)/);
          }
        }
      }),
    );
  });

  it("comes to the same, whatever it remembers and however the list is written", async () => {
    const lists = fc.array(fc.tuple(fc.array(entry), fc.boolean()), { maxLength: 6 });
    await fc.assert(
      fc.asyncProperty(lists, async (versions) => {
        const remembering = new ContainerList(false);
        for (const [entries, pretty] of versions) {
          const catalogue = await remembering.read(answer(JSON.stringify(entries, null, pretty ? 1 : 0)));
          const whole = await new ContainerList(false).read(
            answer(`[ ${entries.map((one) => JSON.stringify(one)).join(", ")}]`),
          );
          const { services } = catalogue.toJSON() as { services: object };
          expect(services).toEqual((whole.toJSON() as { services: object }).services);
        }
      }),
    );
  });
});
