export type { PodDescription, ServiceDescription, ServicePort } from "./kubernetes/control/controllers.js";
export { kubernetesHandlers } from "./kubernetes/handlers.js";
export type { KubernetesAnswer, KubernetesRequest } from "./kubernetes/http/answer.js";
export { KubernetesFake } from "./kubernetes/kubernetes-fake.js";
export type { GivenObject, KubernetesObject, KubernetesVersion, ResourceName } from "./kubernetes/objects.js";
export type { ApiRestartOptions, KubernetesFakeOptions, KubernetesFaults } from "./kubernetes/options.js";
export type { KubernetesPort } from "./kubernetes/port.js";
export type { Backup } from "./kubernetes/store/etcd.js";
export type { Right, Rights, Verb } from "./kubernetes/store/rights.js";
