import { createRegistry, loadConfig } from "@namerkit/config";
import consul from "@namerkit/consul";
import { corePlugins, silentLog } from "@namerkit/core";
import k8s from "@namerkit/k8s";
import local from "@namerkit/local";
import { type ProxyOptions, proxyPlugins, type RunningProxy, startProxy } from "@namerkit/proxy";
import rancher from "@namerkit/rancher";
import { get } from "./http.js";

/** A proxy in the test's own process, from configuration text, as the command would start it. */
export class TestProxy implements AsyncDisposable {
  readonly #proxy: RunningProxy;

  private constructor(proxy: RunningProxy) {
    this.#proxy = proxy;
  }

  static async start(text: string, baseDir = ".", options: ProxyOptions = {}): Promise<TestProxy> {
    const registry = createRegistry({
      builtIn: [...corePlugins, ...proxyPlugins, ...local, ...consul, ...k8s, rancher],
    });
    const { plan, problems } = await loadConfig({ text, file: "test.yaml", baseDir }, registry);
    if (plan === undefined) throw new Error(`the test's configuration is bad: ${JSON.stringify(problems, null, 2)}`);
    return new TestProxy(await startProxy(plan, { log: silentLog, ...options }));
  }

  get port(): number {
    return this.#proxy.servers[0]?.port ?? 0;
  }

  /** Of all servers, in the order of the configuration. */
  get ports(): readonly number[] {
    return this.#proxy.servers.map(({ port }) => port);
  }

  get adminPort(): number {
    return this.#proxy.admin.port;
  }

  get(host: string, path = "/") {
    return get(this.port, host, path);
  }

  async admin(path: string): Promise<unknown> {
    const { body } = await get(this.adminPort, "localhost", path);
    return JSON.parse(body);
  }

  updates() {
    return this.#proxy.updates();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#proxy.close();
  }
}
