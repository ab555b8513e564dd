export { durationText } from "./duration-text.js";
export { CLIENT_ERROR_CODES, type ClientErrorCode } from "./errors.js";
export { createNameClient } from "./name-client.js";
export type {
  AcquireOptions,
  BindingCacheOptions,
  ClientAttachment,
  ClientState,
  Lease,
  NameClient,
  NameClientOptions,
  Outcome,
  ServiceAttachment,
  UpdateCounts,
} from "./types.js";
