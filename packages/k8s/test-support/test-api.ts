import { type Clock, systemClock } from "@namerkit/core";
import { type Backup, KubernetesFake, type KubernetesPort, type ResourceName } from "@namerkit/testing/kubernetes";

type Json = Record<string, unknown>;

/** A KubernetesFake on a port, with what these tests ask of it. */
export class TestApi implements AsyncDisposable {
  readonly fake: KubernetesFake;
  /** Paths and queries, in order. */
  readonly asked: string[] = [];
  /** Status by which a request is refused, if it is. */
  refuse: (path: string, headers: Readonly<Record<string, unknown>>) => number | undefined = () => undefined;
  /** Without EndpointSlices. */
  old = false;
  /** Added to every object from now on. */
  more: Json = {};
  readonly #at: KubernetesPort;

  private constructor(fake: KubernetesFake, at: KubernetesPort) {
    this.fake = fake;
    this.#at = at;
    fake.faults = {
      answer: ({ target, headers }) => {
        this.asked.push(target);
        const { pathname } = new URL(target, "http://api");
        const code = this.refuse(pathname, headers);
        if (code !== undefined) return refusal(code, pathname);
        return this.old && pathname.startsWith("/apis/discovery") ? notFound : undefined;
      },
    };
  }

  static async start(clock: Clock = systemClock): Promise<TestApi> {
    const fake = new KubernetesFake({ clock });
    return new TestApi(fake, await fake.listen());
  }

  get port(): number {
    return this.#at.port;
  }
  /** Watches that are open. */
  get watches(): number {
    return this.fake.watches();
  }
  watchesOf(resource: ResourceName): number {
    return this.fake.watches(resource);
  }

  apply(
    resource: ResourceName,
    namespace: string,
    name: string,
    object: Json,
    labels: Record<string, string> = {},
  ): void {
    this.fake.apply(resource, { ...object, ...this.more, metadata: { name, namespace, labels } });
  }

  remove(resource: ResourceName, namespace: string, name: string): void {
    this.fake.delete(resource, namespace, name);
  }

  /** Writes an object again, with this in its metadata. */
  touch(resource: ResourceName, namespace: string, name: string, metadata: Json = {}): void {
    const { metadata: was, ...object } = this.fake.get(resource, namespace, name) ?? {};
    if (was !== undefined) this.apply(resource, namespace, name, object, { ...was.labels });
    this.fake.touch(resource, namespace, name, metadata);
  }

  drop(how: "end" | "reset" = "end"): void {
    this.fake.drop(how);
  }

  bookmark(): void {
    this.fake.bookmark();
  }

  /** Nothing of what has been until now can be told any more. */
  compact(): void {
    this.fake.compact();
    this.fake.forget();
  }

  backup(): Backup {
    return this.fake.backup();
  }

  restore(backup: Backup): void {
    this.fake.restore(backup);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.fake[Symbol.asyncDispose]();
  }
}

const notFound = { status: 404, headers: { "content-type": "text/plain" }, body: "404 page not found\n" };

function refusal(code: number, path: string) {
  const what = path.split("/").at(-1);
  const body = { kind: "Status", status: "Failure", message: `${what} is forbidden: not in this namespace`, code };
  return { status: code, headers: { "content-type": "application/json" }, body: JSON.stringify(body) };
}
