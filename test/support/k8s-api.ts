import { readFileSync } from "node:fs";
import { request } from "node:https";
import { dirname, resolve } from "node:path";
import { parse } from "yaml";

interface Kubeconfig {
  readonly "current-context": string;
  readonly contexts: readonly { name: string; context: { cluster: string; user: string } }[];
  readonly clusters: readonly { name: string; cluster: Record<string, string> }[];
  readonly users: readonly { name: string; user: Record<string, string> }[];
}

/** A real API server, as the administrator whom a kubeconfig names; a namespace of our own in it. */
export class RealApi implements AsyncDisposable {
  readonly namespace = `namerkit-${process.pid}-${Date.now().toString(36)}`;
  readonly #server: string;
  readonly #tls: object;
  readonly #headers: Record<string, string>;

  private constructor(kubeconfig: string) {
    const all = parse(readFileSync(kubeconfig, "utf8")) as Kubeconfig;
    const context = all.contexts.find(({ name }) => name === all["current-context"])?.context;
    const cluster = all.clusters.find(({ name }) => name === context?.cluster)?.cluster ?? {};
    const user = all.users.find(({ name }) => name === context?.user)?.user ?? {};
    const text = (from: Record<string, string>, field: string): string | undefined => {
      const data = from[`${field}-data`];
      if (data !== undefined) return Buffer.from(data, "base64").toString();
      return from[field] === undefined ? undefined : readFileSync(resolve(dirname(kubeconfig), from[field]), "utf8");
    };
    this.#server = cluster["server"] ?? "";
    const ca = text(cluster, "certificate-authority");
    this.#tls = { ca, cert: text(user, "client-certificate"), key: text(user, "client-key") };
    this.#headers = user["token"] === undefined ? {} : { authorization: `Bearer ${user["token"]}` };
  }

  static async start(kubeconfig: string): Promise<RealApi> {
    const api = new RealApi(kubeconfig);
    await api.ask("POST", "/api/v1/namespaces", { metadata: { name: api.namespace } });
    return api;
  }

  /** Creates an object, or replaces it. */
  async put(resource: string, name: string, object: object, group = "api/v1"): Promise<void> {
    const metadata = { name, namespace: this.namespace };
    const path = `/${group}/namespaces/${this.namespace}/${resource}`;
    const created = await this.ask("POST", path, { metadata, ...object }, [201, 409]);
    if (created.status === 409) await this.ask("PUT", `${path}/${name}`, { metadata, ...object });
  }

  async remove(resource: string, name: string): Promise<void> {
    await this.ask("DELETE", `/api/v1/namespaces/${this.namespace}/${resource}/${name}`);
  }

  ask(method: string, path: string, body?: object, expect: readonly number[] = [200, 201, 202]) {
    return new Promise<{ status: number; text: string }>((done, fail) => {
      const headers = { ...this.#headers, "content-type": "application/json" };
      const sent = request(this.#server + path, { method, headers, ...this.#tls, agent: false }, (response) => {
        let text = "";
        response.setEncoding("utf8");
        response.on("data", (chunk: string) => {
          text += chunk;
        });
        response.on("end", () => {
          const status = response.statusCode ?? 0;
          if (expect.includes(status)) done({ status, text });
          else fail(new Error(`${method} ${path}: ${status} ${text.slice(0, 300)}`));
        });
      });
      sent.on("error", fail);
      sent.end(body === undefined ? undefined : JSON.stringify(body));
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.ask("DELETE", `/api/v1/namespaces/${this.namespace}`);
  }
}
