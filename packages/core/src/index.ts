export {
  CORE_ERROR_CODES,
  isNamerError,
  messageOf,
  NamerError,
  type NamerErrorOptions,
  type TextPosition,
  toNamerError,
} from "./errors.js";
// names
export { Addr, type Address, type AddrMeta, address, NAMETREE_WEIGHT, sameAddresses } from "./names/addr.js";
export { type BoundName, Name, type PathName } from "./names/name.js";
// values
export { Activity } from "./values/activity.js";
export { type Closable, closable, closeAll, closedAlready } from "./values/closable.js";
export { stabilizeExistence } from "./values/stabilize-existence.js";
export { State, sameState } from "./values/state.js";
export { type MutableVar, Var } from "./values/var.js";

// binding

// source
