/** What Rancher says of a container that has a health check. */
export const healthStates = [
  "healthy",
  "unhealthy",
  "initializing",
  "reinitializing",
  "updating-healthy",
  "updating-unhealthy",
] as const;

/** What becomes of a container in Rancher 1.x. */
export const containerStates = [
  "requested",
  "creating",
  "starting",
  "running",
  "updating-running",
  "restarting",
  "migrating",
  "stopping",
  "stopped",
  "updating-stopped",
  "restoring",
  "removing",
  "removed",
  "purging",
  "purged",
  "erroring",
  "error",
] as const;
export type ContainerState = (typeof containerStates)[number];

/** What becomes of a service in Rancher 1.x. */
export const serviceStates = [
  "requested",
  "registering",
  "activating",
  "active",
  "updating-active",
  "restarting",
  "upgrading",
  "upgraded",
  "finishing-upgrade",
  "canceling-upgrade",
  "canceled-upgrade",
  "rolling-back",
  "deactivating",
  "inactive",
  "updating-inactive",
  "removing",
  "removed",
] as const;
export type ServiceState = (typeof serviceStates)[number];

/** Whether a container in this state has started once. Only then it has an address. */
export function hasStartedIn(state: string): boolean {
  return state !== "requested" && state !== "creating" && state !== "starting";
}

export function isOneOf<T extends string>(all: readonly T[], text: string): text is T {
  return (all as readonly string[]).includes(text);
}
