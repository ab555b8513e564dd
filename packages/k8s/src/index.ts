import { defineNamer } from "@namerkit/core";
import {
  k8sConfig,
  k8sExternalConfig,
  k8sExternalJsonSchema,
  k8sJsonSchema,
  k8sNamespaceConfig,
  k8sNamespaceJsonSchema,
} from "./config/namer-config.js";
import { ingressPlugin } from "./ingress/ingress-identifier.js";
import { configMapPlugin } from "./interpreter/config-map.js";
import { createK8sExternalNamer, createK8sNamer, createK8sNamespaceNamer } from "./k8s-namer.js";
import { daemonSetPlugin } from "./transformers/daemon-set.js";
import { localNodePlugin } from "./transformers/local-node.js";

export type {
  K8sConfig,
  K8sExternalConfig,
  K8sExternalOptions,
  K8sNamespaceConfig,
  K8sNamespaceOptions,
  K8sOptions,
} from "./config/namer-config.js";
export { k8sNamer } from "./standalone.js";

/** The plug-in of kind io.l5d.k8s. */
export const k8sNamerPlugin = defineNamer({
  kind: "io.l5d.k8s",
  config: k8sConfig,
  jsonSchema: k8sJsonSchema,
  create: (config, env) => createK8sNamer(config, env),
});

/** The plug-in of kind io.l5d.k8s.ns. */
export const k8sNamespaceNamerPlugin = defineNamer({
  kind: "io.l5d.k8s.ns",
  config: k8sNamespaceConfig,
  jsonSchema: k8sNamespaceJsonSchema,
  create: (config, env) => createK8sNamespaceNamer(config, env),
});

/** The plug-in of kind io.l5d.k8s.external. */
export const k8sExternalNamerPlugin = defineNamer({
  kind: "io.l5d.k8s.external",
  experimental: true,
  config: k8sExternalConfig,
  jsonSchema: k8sExternalJsonSchema,
  create: (config, env) => createK8sExternalNamer(config, env),
});

export default [
  k8sNamerPlugin,
  k8sNamespaceNamerPlugin,
  k8sExternalNamerPlugin,
  localNodePlugin,
  daemonSetPlugin,
  configMapPlugin,
  ingressPlugin,
];
