import { NamerError, noMetrics } from "@namerkit/core";
import { ManualClock, recordingLog } from "@namerkit/core/testing";
import { describe, expect, it } from "vitest";
import { type ScriptedAnswer, ScriptedTransport } from "../../test-support/scripted-transport.js";
import { AgentSelf } from "./agent-self.js";

const good = (dc = "dc1", domain = "consul.") => ({
  body: { Config: { Datacenter: dc }, DebugConfig: { DNSDomain: domain } },
});
const refused = new NamerError("NAMER_REFUSED", "GET /v1/agent/self: status 403: Permission denied");

function make(answers: (number: number) => ScriptedAnswer | Error | Promise<never>) {
  const clock = new ManualClock();
  const log = recordingLog();
  const transport = new ScriptedTransport((_, number) => answers(number));
  const agent = new AgentSelf({ clock, random: () => 0.5, log, metrics: noMetrics, transport });
  return { clock, log, transport, agent, controller: new AbortController() };
}

describe("what the agent says of itself", () => {
  it("is asked for by whoever holds, once for all", async () => {
    const { agent, clock, transport, controller } = make(() => good());
    expect(agent.self).toMatchObject({ datacenter: undefined, domain: "consul" });
    for (let i = 0; i < 30; i++) agent.hold(controller.signal);
    agent.hold(new AbortController().signal);
    await agent.settled(1_000, controller.signal);
    expect(agent.self).toMatchObject({ datacenter: "dc1", domain: "consul" });
    await clock.advance(200_000);
    expect(transport.asked).toHaveLength(1);
  });

  it("is asked for again every five minutes", async () => {
    const { agent, clock, transport, controller } = make((number) =>
      good("dc1", number > 1 ? ".Acme.Example." : "consul."),
    );
    agent.hold(controller.signal);
    await clock.advance(299_000);
    expect(transport.asked).toHaveLength(1);
    await clock.advance(2_000);
    expect(transport.asked).toHaveLength(2);
    expect(agent.self).toMatchObject({ domain: "acme.example" });
  });

  it("is asked for again with ever longer pauses when it could not be had, a refusal included", async () => {
    const { agent, clock, transport, controller, log } = make((number) => (number < 8 ? refused : good()));
    agent.hold(controller.signal);
    await agent.settled(1_000, controller.signal);
    expect(agent.error?.message).toContain("status 403");
    expect(agent.known).toBe(false);
    await clock.advance(120_000);
    expect(agent.known).toBe(true);
    expect(agent.error).toBeUndefined();
    expect(transport.asked).toHaveLength(8);
    expect(log.lines.filter(({ level }) => level === "warn")).toHaveLength(1);
  });

  it("keeps what it knew when it cannot be had any more", async () => {
    const { agent, clock, controller } = make((number) => (number === 1 ? good() : refused));
    agent.hold(controller.signal);
    await clock.advance(400_000);
    expect(agent.known).toBe(true);
    expect(agent.error).toBeDefined();
    expect(agent.self.datacenter).toBe("dc1");
  });

  it("is not asked for more often by those who hold only now and then", async () => {
    const { agent, clock, transport } = make(() => refused);
    for (let i = 0; i < 100; i++) {
      const each = new AbortController();
      agent.hold(each.signal);
      await clock.advance(100);
      each.abort();
    }
    expect(transport.asked.length).toBeLessThan(10);
    expect(clock.pending).toBe(0);
  });

  it("is asked for again when another agent answers", async () => {
    const { agent, clock, transport, controller } = make((number) => ({ ...good(`dc${number}`), epoch: number }));
    agent.hold(controller.signal);
    await clock.advance(10);
    agent.answeredBy(1);
    await clock.advance(10);
    expect(transport.asked).toHaveLength(1);
    agent.answeredBy(2);
    await clock.advance(10);
    expect(agent.self.datacenter).toBe("dc2");
  });

  it("is waited for only so long", async () => {
    const { agent, clock, controller } = make(() => new Promise<never>(() => {}));
    agent.hold(controller.signal);
    const settled = agent.settled(2_000, controller.signal);
    await clock.advance(2_000);
    await settled;
    expect(agent.known).toBe(false);
    const waiting = agent.settled(2_000, controller.signal);
    controller.abort(new Error("over"));
    await expect(waiting).rejects.toThrow("over");
    expect(clock.pending).toBe(0);
  });

  it.each([{}, [], "text", null, { Config: {} }, { Config: { Datacenter: 7 } }])("is not %j", async (body) => {
    const { agent, controller } = make(() => ({ body }));
    agent.hold(controller.signal);
    await agent.settled(1_000, controller.signal);
    expect(agent.known).toBe(false);
    expect(agent.error?.message).toContain("there is no datacenter in it");
  });

  it("has the domain where old versions told it, and Consul's own where none is told", async () => {
    const old = make(() => ({ body: { Config: { Datacenter: "dc1", Domain: "old." } } }));
    old.agent.hold(old.controller.signal);
    await old.agent.settled(1_000, old.controller.signal);
    expect(old.agent.self.domain).toBe("old");
    const none = make(() => ({ body: { Config: { Datacenter: "dc1" } } }));
    none.agent.hold(none.controller.signal);
    await none.agent.settled(1_000, none.controller.signal);
    expect(none.agent.self.domain).toBe("consul");
  });
});
