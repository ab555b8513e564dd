import { Addr, address, type InetResolver, NamerError, Path, systemClock, Var } from "@namerkit/core";
import { testEnv } from "@namerkit/core/testing";
import { Metadata } from "@namerkit/mock-metadata";
import { metadataHandlers } from "@namerkit/mock-metadata/msw";
import { Seen } from "@namerkit/testing";
import { mswDispatcher } from "@namerkit/testing/msw";
import { afterEach, describe, expect, it } from "vitest";
import { rancherNamer } from "./standalone.js";

const world = `
stacks:
  elk:
    services:
      host: { kind: externalService, hostname: db.example.com }
      both: { kind: externalService, hostname: db.example.com, externalIps: [192.0.2.1] }
      bad: { kind: externalService, hostname: "http://db.example.com/" }
      search: { kind: dnsService, links: { h: elk/host, w: elk/web } }
      web: { addresses: [10.0.0.1] }
`;

const open: Seen[] = [];
afterEach(() => {
  for (const seen of open.splice(0)) seen.close();
});

function looking(path: string, inet?: InetResolver): Seen {
  const metadata = new Metadata(world, { clock: systemClock, random: Math.random });
  const dispatcher = mswDispatcher(metadataHandlers(metadata, "http://rancher-metadata"));
  const env = { ...testEnv({ prefix: Path.parse("/#/r") }), clock: systemClock, dispatcher };
  const seen = new Seen(rancherNamer({}, inet === undefined ? env : { ...env, inet }), path);
  open.push(seen);
  return seen;
}

const broken = Addr.failed(new NamerError("NAMER_UNAVAILABLE", "the name server does not answer"));

describe("a host name that cannot be resolved", () => {
  it("fails a name that has nothing else, with the cause, and is well when it can", async () => {
    const found = Var.mutable<Addr>(broken);
    const seen = looking("/5432/elk/host", () => found);
    await seen.is("failed: NAMER_UNAVAILABLE");
    expect(seen.error).toContain("the name server does not answer");
    found.update(Addr.bound([address("198.51.100.1", 5432)]));
    await seen.has("198.51.100.1:5432");
  });

  it.each(["both", "search"])("costs none of what else there is: %s", async (service) => {
    const found = Var.mutable<Addr>(Addr.pending);
    const seen = looking(`/5432/elk/${service}`, () => found);
    const other = service === "both" ? "192.0.2.1:5432" : "10.0.0.1:5432";
    await seen.has(other);
    for (const addr of [broken, Addr.neg, Addr.pending]) {
      found.update(Addr.bound([address("198.51.100.1", 5432)]));
      await seen.has(other, "198.51.100.1:5432");
      found.update(addr);
      await seen.has(other);
    }
    expect(seen.trees.filter((tree) => tree.startsWith("/")).length).toBe(1);
  });

  it("may be a resolver that throws", async () => {
    const inet = (): never => {
      throw new Error("no resolver today");
    };
    await looking("/5432/elk/both", inet).has("192.0.2.1:5432");
    const alone = looking("/5432/elk/host", inet);
    await alone.is(/^failed/);
    expect(alone.error).toContain("no resolver today");
  });

  it("is told as it is where it is none, by the resolver that the namer brings along", async () => {
    const seen = looking("/5432/elk/bad");
    await seen.is(/^failed/);
    expect(seen.error).toBe("neither a host name nor an address: http://db.example.com/");
  });
});
