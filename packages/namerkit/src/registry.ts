import { createRegistry, type OfficialKind, type Registry } from "@namerkit/config";
import { corePlugins } from "@namerkit/core";
import { proxyPlugins } from "@namerkit/proxy";

const local = async () => (await import("@namerkit/local")).default;
const k8s = async () => (await import("@namerkit/k8s")).default;
const consul = async () => (await import("@namerkit/consul")).default;

/** What comes with the command. A kind is imported only when a configuration names it, so that start-up pays for nothing else. */
const official: Readonly<Record<string, OfficialKind>> = {
  "io.l5d.rancher": {
    package: "@namerkit/rancher",
    role: "namer",
    load: async () => (await import("@namerkit/rancher")).default,
  },
  "io.l5d.fs": { package: "@namerkit/local", role: ["namer", "interpreter"], load: local },
  "io.l5d.localhost": { package: "@namerkit/local", role: "transformer", load: local },
  "io.l5d.specificHost": { package: "@namerkit/local", role: "transformer", load: local },
  "io.l5d.k8s": { package: "@namerkit/k8s", role: "namer", load: k8s },
  "io.l5d.k8s.ns": { package: "@namerkit/k8s", role: "namer", load: k8s },
  "io.l5d.k8s.external": { package: "@namerkit/k8s", role: "namer", load: k8s },
  "io.l5d.k8s.localnode": { package: "@namerkit/k8s", role: "transformer", load: k8s },
  "io.l5d.k8s.daemonset": { package: "@namerkit/k8s", role: "transformer", load: k8s },
  "io.l5d.k8s.configMap": { package: "@namerkit/k8s", role: "interpreter", load: k8s },
  "io.l5d.ingress": { package: "@namerkit/k8s", role: "identifier", load: k8s },
  "io.l5d.consul": { package: "@namerkit/consul", role: "namer", load: consul },
  "io.l5d.consul.interpreter": { package: "@namerkit/consul", role: "interpreter", load: consul },
};

export function officialRegistry(): Registry {
  return createRegistry({ builtIn: [...corePlugins, ...proxyPlugins], official });
}
