import type { TraceContext } from "@namerkit/core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  childOf,
  type HeaderOf,
  readTrace,
  rootTrace,
  type TraceKind,
  traceHeaders,
  writeTrace,
} from "./trace-context.js";
import { randomId, sampledAt } from "./trace-ids.js";
import { Tracing } from "./tracing.js";

const kinds = ["default", "zipkin", "w3c"] as const;

const id = fc.stringMatching(/^[0-9a-f]{16}$/).filter((text) => text !== "0000000000000000");
const wide = fc.tuple(id, id).map(([high, low]) => high + low);
const sampled = fc.constantFrom(true, false, undefined);

function headersOf(flat: readonly string[]): HeaderOf {
  const all = new Map<string, string>();
  for (let i = 0; i + 1 < flat.length; i += 2) all.set((flat[i] as string).toLowerCase(), flat[i + 1] as string);
  return (name) => all.get(name);
}

const contexts: Record<TraceKind, fc.Arbitrary<TraceContext>> = {
  default: fc
    .record({
      traceId: fc.oneof(id, wide),
      spanId: id,
      parentId: id,
      sampled,
      flags: fc.constantFrom(0, 1, 8, 0x8000_0000),
    })
    .map((one) => ({ ...one, sampled: (one.flags & 1) !== 0 ? true : one.sampled, state: undefined })),
  zipkin: fc
    .record({ traceId: fc.oneof(id, wide), spanId: id, parentId: id, sampled, flags: fc.constantFrom(0, 1) })
    .map((one) => {
      const decided = (one.flags & 1) !== 0 ? true : one.sampled;
      return { ...one, sampled: decided, state: undefined };
    }),
  w3c: fc
    .record({ traceId: wide, spanId: id, sampled: fc.boolean(), state: fc.constantFrom(undefined, "a=1,b=2") })
    .map((one) => ({ ...one, parentId: one.spanId, flags: 0 })),
};

describe("the context of a trace in headers", () => {
  for (const kind of kinds) {
    it(`comes back as it was written (${kind})`, () => {
      fc.assert(
        fc.property(contexts[kind], (context) => {
          const read = readTrace(headersOf(writeTrace(context, kind)), kind);
          expect(read.context).toEqual(context);
          expect(read.sampled).toBe(context.sampled);
        }),
      );
    });

    it(`is absent where it cannot be read, whatever the headers hold (${kind})`, () => {
      const token = fc.constantFrom(
        "0",
        "1",
        "d",
        "-",
        "00",
        "ff",
        "a".repeat(16),
        "0".repeat(32),
        "b".repeat(32),
        "=",
        "true",
      );
      const value = fc.oneof(
        fc.string(),
        fc.array(token).map((all) => all.join("")),
        fc.base64String({ maxLength: 60 }),
      );
      const { names } = traceHeaders[kind];
      fc.assert(
        fc.property(fc.array(fc.tuple(fc.constantFrom(...names), value)), (pairs) => {
          const { context } = readTrace(headersOf(pairs.flat()), kind);
          if (context === undefined) return;
          expect(context.traceId).toMatch(/^(?:[0-9a-f]{16}){1,2}$/);
          expect(context.spanId).toMatch(/^[0-9a-f]{16}$/);
          expect(context.parentId).toMatch(/^[0-9a-f]{16}$/);
        }),
      );
    });

    it(`writes only the headers that it consumes (${kind})`, () => {
      fc.assert(
        fc.property(contexts[kind], (context) => {
          const written = writeTrace(context, kind).filter((_, index) => index % 2 === 0);
          expect(traceHeaders[kind].names).toEqual(expect.arrayContaining(written));
        }),
      );
    });
  }

  it("reads what a real Linkerd wrote [parity: ctx-trace]", () => {
    const seen = headersOf(["l5d-ctx-trace", "BgYrXQ7LCXDgZTk9m6NRFw4domXGW/f+AAAAAAAAAAA="]);
    const { context } = readTrace(seen, "default");
    expect(context).toEqual({
      traceId: "0e1da265c65bf7fe",
      spanId: "06062b5d0ecb0970",
      parentId: "e065393d9ba35117",
      sampled: undefined,
      flags: 0,
      state: undefined,
    });
    expect(writeTrace(context as TraceContext, "default")[1]).toBe("BgYrXQ7LCXDgZTk9m6NRFw4domXGW/f+AAAAAAAAAAA=");
  });

  it("reads the examples of B3, in several headers and in one [parity: b3]", () => {
    const ids = {
      traceId: "80f198ee56343ba864fe8b2a57d3eff7",
      spanId: "e457b5a2e4d86bd1",
      parentId: "05e3ac9a4f6e3b90",
    };
    const several = ["X-B3-TraceId", ids.traceId, "X-B3-ParentSpanId", ids.parentId, "X-B3-SpanId", ids.spanId];
    expect(readTrace(headersOf([...several, "X-B3-Sampled", "1"]), "zipkin").context).toMatchObject({
      ...ids,
      sampled: true,
    });
    const single = `${ids.traceId}-${ids.spanId}-1-${ids.parentId}`;
    expect(readTrace(headersOf(["b3", single]), "zipkin").context).toMatchObject({ ...ids, sampled: true });
    expect(readTrace(headersOf(["b3", "0"]), "zipkin")).toEqual({ context: undefined, sampled: false, shared: false });
    expect(readTrace(headersOf(["b3", `${ids.traceId}-${ids.spanId}-d`]), "zipkin")).toMatchObject({
      sampled: true,
      context: { flags: 1, parentId: ids.spanId },
    });
    expect(readTrace(headersOf(["X-B3-Flags", "1"]), "zipkin").sampled).toBe(true);
  });

  it("reads the examples of W3C, takes later versions, and refuses what the recommendation refuses", () => {
    const id = "4bf92f3577b34da6a3ce929d0e0e4736";
    const read = (text: string) => readTrace(headersOf(["traceparent", text]), "w3c").context;
    expect(read(`00-${id}-00f067aa0ba902b7-01`)).toMatchObject({
      traceId: id,
      spanId: "00f067aa0ba902b7",
      sampled: true,
    });
    expect(read(`00-${id}-00f067aa0ba902b7-00`)?.sampled).toBe(false);
    expect(read(`cc-${id}-00f067aa0ba902b7-01-what-the-future-holds`)?.sampled).toBe(true);
    for (const bad of [
      `ff-${id}-00f067aa0ba902b7-01`,
      `00-${id}-00f067aa0ba902b7-01-more`,
      `00-${id.toUpperCase()}-00f067aa0ba902b7-01`,
      `00-${"0".repeat(32)}-00f067aa0ba902b7-01`,
      `00-${id}-0000000000000000-01`,
      `00-${id}-00f067aa0ba902b7`,
    ]) {
      expect(read(bad)).toBeUndefined();
    }
  });
});

describe("ids", () => {
  it("have 16 digits, whatever the draw, and are never zero", () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 0.999_999_999_9, noNaN: true }), (draw) => {
        const made = randomId(() => draw);
        expect(made).toMatch(/^[0-9a-f]{16}$/);
        expect(made).not.toBe("0000000000000000");
      }),
    );
  });

  it("are sampled at the share that was asked for, and alike everywhere", () => {
    const ids = Array.from({ length: 4_000 }, () => randomId(Math.random));
    const share = ids.filter((one) => sampledAt(0.25, one)).length / ids.length;
    expect(share).toBeGreaterThan(0.2);
    expect(share).toBeLessThan(0.3);
    expect(ids.every((one) => sampledAt(1, one))).toBe(true);
    expect(ids.some((one) => sampledAt(0, one))).toBe(false);
    expect(ids.every((one) => sampledAt(0.25, one) === sampledAt(0.25, `0123456789abcdef${one}`))).toBe(true);
  });
});

describe("tracing", () => {
  const tracing = (kind: TraceKind, sampleRate?: number) => new Tracing({ kind, random: Math.random, sampleRate });
  const none = headersOf([]);

  it("begins a trace where there is none, of as many digits as its kind has", () => {
    const root = tracing("default").begin(none, undefined);
    expect(root).toMatchObject({ spanId: root.traceId, parentId: root.traceId, sampled: undefined, shared: false });
    const wideRoot = tracing("w3c").begin(none, undefined);
    expect(wideRoot.traceId).toMatch(/^[0-9a-f]{32}$/);
    expect(wideRoot.parentId).toBe(wideRoot.spanId);
  });

  it("goes by the id that the request has already", () => {
    const of = tracing("default");
    expect(of.begin(none, "00000000000000ab").traceId).toBe("00000000000000ab");
    const flat = of.write(of.child(of.begin(none, "00000000000000ab")));
    expect(flat.slice(2)).toEqual(["l5d-reqid", "00000000000000ab"]);
    const w3c = tracing("w3c");
    expect(w3c.write(w3c.begin(none, "00000000000000ab")).slice(-2)).toEqual(["l5d-reqid", "00000000000000ab"]);
  });

  it("shares the client's span where that is the custom, and begins one of its own where it is not", () => {
    for (const kind of kinds) {
      const context = { ...rootTrace("b".repeat(32), Math.random, { sampled: true }), spanId: "c".repeat(16) };
      const of = tracing(kind);
      const server = of.begin(headersOf(writeTrace(context, kind)), undefined);
      expect(server.traceId).toBe(context.traceId);
      expect(server.shared).toBe(kind !== "w3c");
      if (kind === "w3c") expect(server.parentId).toBe(context.spanId);
      else expect(server.spanId).toBe(context.spanId);
      const child = of.child(server);
      expect(child).toMatchObject({ traceId: context.traceId, parentId: server.spanId, sampled: true });
      expect(child.spanId).not.toBe(server.spanId);
    }
  });

  it("decides about sampling only where nobody has", () => {
    const decided = headersOf(writeTrace({ ...rootTrace("a".repeat(16), Math.random), sampled: false }, "default"));
    expect(tracing("default", 1).begin(decided, undefined).sampled).toBe(false);
    const open = headersOf(writeTrace(rootTrace("a".repeat(16), Math.random), "default"));
    expect(tracing("default", 1).begin(open, undefined).sampled).toBe(true);
    expect(tracing("default", 0).begin(open, undefined).sampled).toBe(false);
    expect(tracing("default").begin(open, undefined).sampled).toBeUndefined();
    expect(tracing("zipkin", 1).begin(headersOf(["x-b3-sampled", "0"]), undefined).sampled).toBe(false);
  });

  it("samples at the rate that a client asks for, clamped; not if it is not believed [parity: sample]", () => {
    const of = tracing("default", 0);
    for (const [text, expected] of [
      ["1.0", true],
      ["7", true],
      ["1e0", true],
      ["-3", false],
      ["0", false],
      ["all", false],
      ["", false],
    ] as const) {
      expect(of.begin(headersOf(["l5d-sample", text]), undefined).sampled).toBe(expected);
    }
    expect(tracing("default").begin(headersOf(["l5d-sample", "NaN"]), undefined).sampled).toBeUndefined();
    expect(of.begin(undefined, undefined).sampled).toBe(false);
  });

  it("keeps what it does not know of: other flags and tracestate", () => {
    const context = { ...rootTrace("a".repeat(16), Math.random), flags: 8 };
    const of = tracing("default");
    const server = of.begin(headersOf(writeTrace(context, "default")), undefined);
    expect(readTrace(headersOf(of.write(of.child(server))), "default").context?.flags).toBe(8);
    const w3c = tracing("w3c");
    const from = w3c.begin(
      headersOf(["traceparent", `00-${"a".repeat(32)}-${"b".repeat(16)}-01`, "tracestate", "x=y"]),
      undefined,
    );
    expect(childOf(from, Math.random).state).toBe("x=y");
    expect(w3c.write(w3c.child(from))).toContain("x=y");
  });
});
