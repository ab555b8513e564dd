/** What Rancher says of a container that has a health check. */
export const healthStates = [
  "healthy",
  "unhealthy",
  "initializing",
  "reinitializing",
  "updating-healthy",
  "updating-unhealthy",
] as const;

export function isHealth(text: string): boolean {
  return (healthStates as readonly string[]).includes(text);
}
