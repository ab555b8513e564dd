import { connect } from "node:net";
import { silentLog, systemClock } from "@namerkit/core";
import { expect, it } from "vitest";
import { AdminServer } from "./admin-server.js";
import { text } from "./answer.js";

it("whoever asks and never reads the answer is cut off", async () => {
  const body = "x".repeat(64 << 20);
  const page = { path: "/big", methods: ["GET"], about: "", handle: () => text(200, body) };
  const guard = { ip: "127.0.0.1", hosts: [] };
  const security = {
    uiEnabled: true,
    controlEnabled: true,
    diagnosticsEnabled: true,
    pathWhitelist: [],
    pathBlacklist: [],
  };
  const server = new AdminServer(
    () => [page],
    guard,
    { port: 0, security },
    { clock: systemClock, log: silentLog, stallMs: 100 },
  );
  const { port } = await server.listen();
  const socket = connect(port, "127.0.0.1");
  let got = 0;
  await new Promise<void>((resolve) => {
    socket.on("error", () => {});
    socket.on("close", () => resolve());
    socket.on("connect", () => socket.write("GET /big HTTP/1.1\r\nHost: localhost\r\n\r\n"));
    socket.once("readable", () =>
      setTimeout(() => {
        socket.on("data", (chunk: Buffer) => {
          got += chunk.length;
        });
      }, 1_000),
    );
  });
  expect(got).toBeLessThan(body.length);
  server.close();
});
