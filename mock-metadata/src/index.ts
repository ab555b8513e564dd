export { type ApiVersion, apiVersions } from "./api-version.js";
export { type Catalogue, catalogue, catalogueNames } from "./catalogues.js";
export { type ControlOptions, control } from "./control/control.js";
export { type ControlListening, listenControl } from "./control/listen-control.js";
export { parseDescription } from "./description/parse.js";
export type {
  ContainerDescription,
  Description,
  HealthCheckDescription,
  HostDescription,
  LinkDescription,
  ServiceDescription,
  ServiceKind,
  SidekickDescription,
  StackDescription,
  StandaloneDescription,
} from "./description/types.js";
export { MOCK_ERROR_CODES } from "./errors.js";
export {
  type Fault,
  type FaultKind,
  type FaultOptions,
  type FaultScope,
  faultKinds,
  faultScopes,
} from "./faults/kinds.js";
export { type Listening, type ListenOptions, listen } from "./listen.js";
export { type AskedCounts, Metadata, type MetadataOptions, type RestartOptions } from "./metadata.js";
export type { LinkTarget } from "./world/changes.js";
export { type Container, type Host, type Service, type Stack, serviceName } from "./world/entities.js";
export { World } from "./world/world.js";
