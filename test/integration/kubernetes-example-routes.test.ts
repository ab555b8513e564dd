import { readFile } from "node:fs/promises";
import { request } from "node:http";
import { until } from "@namerkit/testing";
import { KubernetesFake } from "@namerkit/testing/kubernetes";
import { expect, it, vi } from "vitest";
import { parseAllDocuments } from "yaml";
import { serve } from "../support/http.js";
import { root } from "../support/paths.js";
import { TestProxy } from "../support/proxy.js";

const text = (file: string) => readFile(`${root}/examples/kubernetes/${file}`, "utf8");
const objects = async (file: string) => parseAllDocuments(await text(file)).map((one) => one.toJS());

/** The status, and the proxies on the way. */
function ask(port: number, host: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const asking = request({ host: "127.0.0.1", port, headers: { host }, agent: false }, (answer) => {
      answer.resume().on("end", () => resolve(`${answer.statusCode} ${answer.headers["via"]}`));
    });
    asking.on("error", reject).end();
  });
}

it("examples/kubernetes/ingress routes, with the rights that it gives", { timeout: 60_000 }, async () => {
  vi.stubEnv("NODE_NAME", "node-1");
  await using fake = new KubernetesFake();
  const api = await fake.listen();
  await using echo = await serve((_, response) => void response.end("echo"));
  const roles = [...(await objects("base/rbac.yaml")), ...(await objects("ingress/rbac.yaml"))];
  const rules = roles.flatMap((one: { rules?: { resources: string[] }[] }) => one.rules ?? []);
  const granted = rules.map(({ resources }) => ({ resources }));
  fake.rights.grant("t0ken", granted, "ann");
  fake.rights.proxied = "t0ken";
  const pods = [{ ip: "127.0.0.1", node: "node-1" }];
  fake.service("default", "echo", { ports: [{ name: "http", port: 80, targetPort: echo.port }] });
  fake.pods("default", "echo", pods);
  fake.apply("ingresses", (await objects("ingress/echo.yaml"))[0]);
  // The same configuration, but for where it listens and where the API is.
  const at = `host: 127.0.0.1, port: ${api.port}`;
  const config = (await text("ingress/config.yaml"))
    .replaceAll(/port: \d{4}\b/g, "port: 0")
    .replaceAll("- kind: io.l5d.k8s\n", `- kind: io.l5d.k8s\n  ${at.replace(", ", "\n  ")}\n`)
    .replace("kind: io.l5d.k8s.daemonset,", `kind: io.l5d.k8s.daemonset, k8sHost: 127.0.0.1, k8sPort: ${api.port},`)
    .replace("kind: io.l5d.ingress,", `kind: io.l5d.ingress, ${at},`);
  await using proxy = await TestProxy.start(config);
  const [outgoing = 0, incoming = 0, ingress = 0] = proxy.ports;
  fake.service("namerkit", "namerkit", { ports: [{ name: "http-incoming", port: 4141, targetPort: incoming }] });
  fake.pods("namerkit", "namerkit", pods);
  await until(async () => (await ask(outgoing, "echo")) === "200 1.1 linkerd, 1.1 linkerd", { timeoutMs: 30_000 });
  expect(await ask(outgoing, "echo.default")).toBe("200 1.1 linkerd, 1.1 linkerd");
  expect(await ask(ingress, "echo.example")).toBe("200 1.1 linkerd");
  expect(await ask(ingress, "nobody.example")).toMatch(/^400 /);
  vi.unstubAllEnvs();
});
