import { Dtab, isNamerError, Path } from "@namerkit/core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Deadlines } from "./deadlines.js";
import { shownDuration } from "./duration.js";
import { encodeErr, errorResponse } from "./error-response.js";
import { HeaderNames, nominated, requestRules, via } from "./header-names.js";
import { ProxiedHead } from "./request-head.js";
import { parseTarget } from "./request-target.js";
import { resolution } from "./resolution.js";

const decode = (text: string) => decodeURIComponent(text.replaceAll("+", " "));
const wellFormed = fc.string({ unit: "grapheme", maxLength: 200 });

describe("l5d-err [parity: err]", () => {
  it("is form-encoded, one line, and decodes to the text", () => {
    expect(encodeErr("a b/c:é\n~*-_.", 1_000)).toBe("a+b%2Fc%3A%C3%A9%0A%7E*-_.");
    fc.assert(
      fc.property(wellFormed, (text) => {
        const encoded = encodeErr(text, 10_000);
        expect(encoded).toMatch(/^[A-Za-z0-9.*_+%-]*$/);
        expect(decode(encoded)).toBe(text);
      }),
    );
  });

  it("is cut at a whole character, and so is the body", () => {
    fc.assert(
      fc.property(wellFormed, fc.nat(50), (text, max) => {
        const encoded = encodeErr(text, max);
        expect(encoded.length).toBeLessThanOrEqual(max);
        expect(text.startsWith(decode(encoded))).toBe(true);
        const answer = { status: 502, text, routed: false, close: false, clear: false };
        const { body } = errorResponse(answer, { errorBodyBytes: max, errorHeaderBytes: max });
        expect(body.length).toBeLessThanOrEqual(max);
        expect(text.startsWith(body.toString("utf8"))).toBe(true);
      }),
    );
    expect(() => encodeErr("\ud800", 100)).not.toThrow();
  });
});

describe("a request head out of anything", () => {
  const names = new HeaderNames(requestRules);
  const name = fc.oneof(
    fc.constantFrom("Host", "host", "Content-Length", "Transfer-Encoding", "Connection", "l5d-dtab", "Via", "Expect"),
    fc.string({ maxLength: 10 }),
  );
  const value = fc.oneof(
    fc.constantFrom("1", "2", "chunked", "close, host", "/a=>/b", "web"),
    fc.string({ maxLength: 20 }),
  );
  const headers = fc.array(fc.tuple(name, value), { maxLength: 8 }).map((pairs) => pairs.flat());

  it("is read, or refused with a code; and never carries two framings or what is hop-by-hop", () => {
    fc.assert(
      fc.property(fc.webPath(), fc.constantFrom("1.0", "1.1"), headers, (url, httpVersion, rawHeaders) => {
        try {
          const head = new ProxiedHead({ method: "GET", url: `/${url}`, httpVersion, rawHeaders }, names);
          const kept = head.forwarded.filter((_, i) => i % 2 === 0).map((one) => one.toLowerCase());
          for (const never of ["connection", "host", "content-length", "transfer-encoding", "upgrade", "l5d-dtab"]) {
            expect(kept).not.toContain(never);
          }
        } catch (thrown) {
          if (!isNamerError(thrown)) throw thrown;
        }
      }),
      { numRuns: 500 },
    );
  });

  it("has a target that is a path, or is refused with a code", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.webUrl(), fc.constantFrom("*", "", "http://", "//x")), (target) => {
        try {
          const { path, authority } = parseTarget(target);
          expect(path.startsWith("/")).toBe(true);
          expect(authority).not.toBe("");
        } catch (thrown) {
          if (!isNamerError(thrown)) throw thrown;
        }
      }),
    );
  });
});

describe("small rules", () => {
  it("Connection names headers, but not those that carry the message", () => {
    expect(nominated("close")).toBeUndefined();
    expect(nominated(" Keep-Alive ,, ")).toBeUndefined();
    expect([...(nominated("X-A, host, Content-Length, transfer-encoding, x-b") ?? [])]).toEqual(["x-a", "x-b"]);
  });

  it("Via says the version that was received", () => {
    expect(via(undefined, "1.0")).toBe("1.0 linkerd");
    expect(via("1.1 a", "1.1")).toBe("1.1 a, 1.1 linkerd");
  });

  it("durations are shown as Linkerd does", () => {
    expect([shownDuration(10_000), shownDuration(600), shownDuration(1_500)]).toEqual([
      "10.seconds",
      "600.milliseconds",
      "1500.milliseconds",
    ]);
  });
});

describe("the way from a service name to a client name", () => {
  const steps = (dtab: string, service: string, id: string, residual = "/") =>
    resolution(Dtab.parse(dtab), Path.parse(service), Path.parse(id), Path.parse(residual));

  it("follows the dtab, the last entry that leads there first", () => {
    expect(steps("/host=>/#/fs;/svc=>/nowhere;/svc=>/host", "/svc/web", "/#/fs/web")).toEqual([
      "/svc/web",
      "/host/web (/svc=>/host)",
      "/#/fs/web (/host=>/#/fs)",
    ]);
  });

  it("gives up soon where a table multiplies, as a client may have sent it", () => {
    // Followed to its end, this would take far longer than a test may.
    const table = `/q=>${"/q/a&".repeat(1_000)}/q;/svc=>/q`;
    expect(steps(table, "/svc/web", "/#/fs/web")).toEqual(["/svc/web", "/#/fs/web"]);
  });

  it("looks through alternatives and unions", () => {
    const found = steps("/svc=>/a|/b;/b=>0.5*/c&0.5*/#/fs", "/svc/web", "/#/fs/web");
    expect(found.map((step) => step.split(" ")[0])).toEqual(["/svc/web", "/b/web", "/#/fs/web"]);
  });

  it("goes through the built-in rewriters", () => {
    const dtab = "/k8s=>/#/io.l5d.k8s;/host=>/k8s/default/http;/svc=>/$/io.buoyant.http.domainToPathPfx/host";
    expect(steps(dtab, "/svc/test-server", "/#/io.l5d.k8s/default/http/test-server")).toEqual([
      "/svc/test-server",
      "/host/test-server (/svc=>/$/io.buoyant.http.domainToPathPfx/host)",
      "/k8s/default/http/test-server (/host=>/k8s/default/http)",
      "/#/io.l5d.k8s/default/http/test-server (/k8s=>/#/io.l5d.k8s)",
    ]);
    expect(steps("/ph=>/$/inet;/svc=>/ph", "/svc/10.0.0.1/80", "/$/inet/10.0.0.1/80")).toEqual([
      "/svc/10.0.0.1/80",
      "/ph/10.0.0.1/80 (/svc=>/ph)",
      "/$/inet/10.0.0.1/80 (/ph=>/$/inet)",
    ]);
  });

  it("ends with a transformer's id, and with a residual", () => {
    expect(steps("/svc=>/#/fs", "/svc/web/v1", "/%/io.l5d.port/80/#/fs/web", "/v1")).toEqual([
      "/svc/web/v1",
      "/#/fs/web/v1 (/svc=>/#/fs)",
      "/%/io.l5d.port/80/#/fs/web",
    ]);
  });

  it("is honest about steps that a namer took, and gives up on loops", () => {
    expect(steps("/svc=>/#/rewrite", "/svc/web", "/#/fs/web")).toEqual(["/svc/web", "/#/fs/web"]);
    expect(steps("/a=>/b/x;/b=>/a/x;/a=>/b|/b/y", "/a", "/#/fs/web")).toEqual(["/a", "/#/fs/web"]);
  });
});

describe("deadlines", () => {
  it("are looked at only while something is in flight", async () => {
    const { ManualClock } = await import("@namerkit/core/testing");
    const clock = new ManualClock();
    const deadlines = new Deadlines(clock, 100);
    const checked: number[] = [];
    const one = { place: undefined, check: (now: number) => void checked.push(now), end: () => {} };
    expect(clock.pending).toBe(0);
    deadlines.add(one);
    const start = clock.now();
    await clock.advance(250);
    expect(checked.map((now) => now - start)).toEqual([100, 200]);
    deadlines.delete(one);
    await clock.advance(1_000);
    expect(checked).toHaveLength(2);
    expect(clock.pending).toBe(0);
    deadlines.add(one);
    deadlines.close();
    expect(clock.pending).toBe(0);
  });
});
