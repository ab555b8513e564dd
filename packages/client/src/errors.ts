import { NamerError, type Path } from "@namerkit/core";

/** Every code with which `acquire` rejects, beside ABORTED and CLOSED of core's table. All are the caller's to answer; none is retried here. */
export const CLIENT_ERROR_CODES = {
  CLIENT_BINDING_TIMEOUT:
    "The name was not resolved, or its addresses were not known, within bindingTimeoutMs. The message ends with the catalogue's last error where one is known.",
  CLIENT_NO_ROUTE: "The name resolves to nothing: its tree is Neg, Fail or Empty.",
  CLIENT_NO_ENDPOINTS: "The name resolves, but its address set is empty.",
  CLIENT_BIND_FAILED: "Resolving the name, or its addresses, failed before there was a first answer. `cause` says why.",
  CLIENT_TOO_MANY_WAITING: "More requests wait for names to resolve than maxWaiting or maxWaitingPerName allows.",
  CLIENT_OPTIONS: "An option of createNameClient is out of range.",
} as const;

/** CLIENT_NO_ENDPOINTS, with the bound id that has none. */
export class NoEndpointsError extends NamerError {
  readonly id: Path;

  constructor(id: Path, message: string) {
    super("CLIENT_NO_ENDPOINTS", message);
    this.id = id;
  }
}

export type ClientErrorCode = keyof typeof CLIENT_ERROR_CODES;
