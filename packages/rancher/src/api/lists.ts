import { NamerError } from "@namerkit/core";
import type { HttpAnswer } from "@namerkit/watch";
import type { RancherConfig } from "../config.js";
import { type Container, readContainer } from "../entries/container.js";
import { type Host, readHost } from "../entries/host.js";
import { readService, type Service } from "../entries/service.js";
import type { Asking } from "./asking.js";
import { DigestList, type Listed } from "./digest-list.js";

/** All that is read of one version, each list the same object as in the last reading if it says the same. */
export interface Lists {
  readonly containers: Listed<Container>;
  /** Undefined where the server has no such list. */
  readonly services: Listed<Service> | undefined;
  readonly hosts: Listed<Host> | undefined;
  /** The stack of whoever asks, in lower case; undefined outside Rancher. */
  readonly ownStack: string | undefined;
}

type Rules = Pick<
  RancherConfig,
  "allowLoopback" | "portLabelPrefix" | "weightLabel" | "containerLabels" | "hostLabels"
>;

/** Reads the lists of the API again and again, one after the other over one connection. */
export class ListReader {
  readonly #containers: DigestList<Container>;
  readonly #services: DigestList<Service>;
  readonly #hosts: DigestList<Host>;
  /** The lists that this server has been seen to have: from then on, their absence is an outage. */
  readonly #had = new Set<string>();

  constructor({ allowLoopback, containerLabels, hostLabels, portLabelPrefix, weightLabel }: Rules) {
    const labels = { portPrefix: portLabelPrefix, weight: weightLabel, told: containerLabels };
    this.#containers = new DigestList("containers", (value) => readContainer(value, { allowLoopback, labels }));
    this.#services = new DigestList("services", (value) => readService(value, labels), { unread: "containers" });
    this.#hosts = new DigestList("hosts", (value) => readHost(value, { allowLoopback, told: hostLabels }));
  }

  async read(
    asking: Pick<Asking, "containers" | "services" | "hosts" | "ownStack">,
    signal: AbortSignal,
  ): Promise<Lists> {
    const containers = await this.#containers.read(await asking.containers(), signal);
    const services = await this.#optional("services", await asking.services(), this.#services, signal);
    const hosts = await this.#optional("hosts", await asking.hosts(), this.#hosts, signal);
    const exists = (name: string) => services === undefined || services.entries.some(({ stack }) => stack === name);
    return { containers, services, hosts, ownStack: await asking.ownStack(exists) };
  }

  async #optional<T extends object>(
    name: string,
    answer: HttpAnswer | undefined,
    list: DigestList<T>,
    signal: AbortSignal,
  ): Promise<Listed<T> | undefined> {
    if (answer !== undefined) {
      const listed = await list.read(answer, signal);
      this.#had.add(name);
      return listed;
    }
    if (!this.#had.has(name)) return undefined;
    throw new NamerError("NAMER_UNAVAILABLE", `the list of ${name}, which was there before: status 404`);
  }
}
