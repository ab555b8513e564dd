import { ManualClock, testEnv } from "@namerkit/core/testing";
import {
  answer,
  type Behaviour,
  faultyServer,
  halfOpen,
  hang,
  hangMidBody,
  json,
  Seen,
  until,
} from "@namerkit/testing";
import { describe, expect, it } from "vitest";
import { container, service } from "../../test-support/catalogue.js";
import { rancherNamer } from "../standalone.js";

const lists: Record<string, readonly object[]> = {
  containers: [container("shop/web", "10.0.0.1")],
  services: [service("shop/web")],
  hosts: [],
};

const moments = ["containers", "services", "hosts", "self/stack/name", "the version again", "the poll"];
const ways: Record<string, Behaviour> = {
  "before it is answered": hang(),
  "in the middle of the answer": hangMidBody(json(lists["services"])),
  "of a connection that has died": halfOpen(),
};

describe.each(moments)("closing while it asks for %s", (moment) => {
  it.each(Object.entries(ways))("%s frees socket and timers at once, and nothing is asked again", async (_, way) => {
    await using server = await faultyServer();
    const clock = new ManualClock();
    let stuck = false;
    const asks = (url: string): string => {
      if (url.includes("wait=true")) return "the poll";
      if (url.endsWith("/version")) return server.requestCount > 1 ? "the version again" : "the version";
      return moments.find((one) => url.endsWith(`/${one}`)) ?? url;
    };
    server.behave(({ url }) => {
      const what = asks(url);
      stuck ||= what === moment;
      if (what === moment) return way;
      const list = lists[what];
      return list === undefined ? answer(what === "self/stack/name" ? "shop" : "1") : json(list);
    });
    const options = { host: "127.0.0.1", port: server.port, lingerMs: 0 };
    const seen = new Seen(rancherNamer(options, { ...testEnv(), clock }), "/http/shop/web");
    await until(() => stuck, { what: moment });
    seen.close();
    await until(() => server.openConnections === 0, { what: "no open connection" });
    expect(clock.pending).toBe(0);
    const { requestCount } = server;
    await clock.advance(600_000);
    expect(server.requestCount).toBe(requestCount);
  });
});
