import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { start } from "./fixtures/start.js";

describe("whatever is asked", () => {
  const segment = fc.oneof(
    fc.constantFrom(
      "latest",
      "2015-12-19",
      "2015-07-25",
      "containers",
      "services",
      "stacks",
      "self",
      "0",
      "-1",
      "version",
    ),
    fc.constantFrom("%2F", "%zz", "%ff", "..", "", "+", "__proto__", "constructor", "shop", "Web", "labels"),
    fc.string({ unit: "binary" }).map((text) => encodeURIComponent(text)),
    fc.webPath(),
  );
  const query = fc.oneof(
    fc.webQueryParameters(),
    fc.constantFrom(
      "",
      "wait=true",
      "wait=true&value=x&maxWait=-1",
      "wait=true&value=%zz&maxWait=1e9",
      "wait=true&wait=false",
    ),
  );
  const accept = fc.oneof(
    fc.constantFrom("application/json", "text/yaml", "*/*", "application/*;q=0.3", ";,;q="),
    fc.stringMatching(/^[ -~]*$/),
  );

  it("there is an answer, and never a throw", async () => {
    const { metadata, clock } = start();
    await fc.assert(
      fc.asyncProperty(fc.array(segment, { maxLength: 6 }), query, accept, async (segments, search, type) => {
        const request = new Request(`http://m/${segments.join("/")}?${search}`, { headers: { accept: type } });
        const answer = metadata.handle(request, "10.42.1.1");
        await Promise.race([answer, new Promise((resolve) => setImmediate(resolve))]);
        if (metadata.waiting > 0) metadata.takeDown();
        const { status, type: kind } = await answer;
        if (!metadata.online.sample()) metadata.bringBack();
        return kind === "error" || [200, 301, 400, 404].includes(status);
      }),
      { numRuns: 500 },
    );
    expect([metadata.waiting, clock.pending]).toEqual([0, 0]);
  });
});
