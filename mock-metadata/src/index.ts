export { type ApiVersion, apiVersions } from "./api-version.js";
export { type ControlOptions, control } from "./control.js";
export {
  type Description,
  type HostDescription,
  parseDescription,
  type ServiceDescription,
  type StackDescription,
} from "./description.js";
export { MOCK_ERROR_CODES } from "./errors.js";
export { type Listening, type ListenOptions, listen } from "./listen.js";
export { type ControlListening, listenControl } from "./listen-control.js";
export { type AskedCounts, Metadata, type MetadataOptions, type RestartOptions } from "./metadata.js";
export { type Container, type Host, type Service, type Stack, serviceName, World } from "./world.js";
