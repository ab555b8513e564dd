export { CLIENT_ERROR_CODES, type ClientErrorCode } from "./errors.js";
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
