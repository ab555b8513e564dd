import { once } from "node:events";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { ManualClock } from "@namerkit/core/testing";
import { Agent, request } from "undici";
import { afterEach, beforeEach, expect, it } from "vitest";
import { type FaultyServer, faultyServer } from "../faulty/server.js";
import { createLedger, type Ledger } from "./ledger.js";

let ledger: Ledger;
let server: FaultyServer;
let agent: Agent;
beforeEach(async () => {
  ledger = createLedger({ clock: new ManualClock() });
  server = await faultyServer("ok");
  agent = new Agent();
});
afterEach(async () => {
  await agent.destroy();
  await ledger.drained();
  ledger.close();
  await server.close();
});

const kinds = (): string[] => ledger.open.map(({ kind }) => kind);

it("a request is open until the end of its answer", async () => {
  const dispatcher = ledger.dispatcher(agent);
  async function asker(): Promise<void> {
    const { body } = await request(`${server.url}/services?token=secret`, { dispatcher });
    await body.text();
  }
  const asked = asker();
  expect(ledger.open[0]?.text).toBe(`request GET ${server.url}/services?…`);
  expect(ledger.open[0]?.opener).toMatch(/^at asker .*watched-dispatcher\.test\.ts/);
  await asked;
  expect(kinds()).toEqual(["socket"]);
});

it("a request that is aborted, or fails, is not open any more", async () => {
  const dispatcher = ledger.dispatcher(agent);
  server.behave("hang");
  const controller = new AbortController();
  const answer = request(server.url, { dispatcher, signal: controller.signal });
  expect(kinds()).toEqual(["request", "socket"]);
  controller.abort();
  await expect(answer).rejects.toThrow();
  expect(kinds()).not.toContain("request");
  server.behave("reset");
  await expect(request(server.url, { dispatcher })).rejects.toThrow();
  expect(kinds()).not.toContain("request");
});

it("what the dispatcher opens is the ledger's own", async () => {
  using other = createLedger();
  const { body } = await request(server.url, { dispatcher: ledger.dispatcher(agent) });
  await body.text();
  expect(kinds()).toEqual(["socket"]);
  other.assertEmpty();
});

it("a TLS connection of undici is a socket from when it stands, told by whoever asked", async () => {
  // With a shared key there is no need of a certificate.
  const psk = Buffer.from("00112233445566778899aabbccddeeff", "hex");
  const key = { ciphers: "PSK", maxVersion: "TLSv1.2" } as const;
  const secure = createServer({ ...key, pskCallback: () => psk }, (_, response) => response.end("fine"));
  await once(secure.listen(0, "127.0.0.1"), "listening");
  const { port } = secure.address() as AddressInfo;
  const pskCallback = () => ({ psk, identity: "test" });
  const tls = new Agent({ connect: { ...key, pskCallback, checkServerIdentity: () => undefined } });
  async function asker(): Promise<string> {
    return (await request(`https://127.0.0.1:${port}`, { dispatcher: tls })).body.text();
  }
  expect(await asker()).toBe("fine");
  expect(ledger.open.map(({ text }) => text)).toEqual([`socket to 127.0.0.1:${port}`]);
  expect(ledger.open[0]?.opener).toMatch(/^at asker /);
  await tls.destroy();
  await ledger.drained();
  await new Promise((resolve) => secure.close(resolve));
});
