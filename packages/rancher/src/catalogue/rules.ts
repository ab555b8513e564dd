/** Which containers count, and where they are reached: the part of the configuration that is about the catalogue's content. */
export interface CatalogueRules {
  /** Only healthy containers, as Rancher's own DNS has it. */
  readonly useHealthCheck: boolean;
  /** Where none of a service is healthy, all of it that runs. */
  readonly failOpen: boolean;
  /** Containers that are about to run count as running. */
  readonly includeStarting: boolean;
  /** Rancher's own services do not exist. */
  readonly excludeSystem: boolean;
  /** Containers are reached at the ports that their hosts publish. */
  readonly publishedPorts: boolean;
  readonly allowLoopback: boolean;
}
