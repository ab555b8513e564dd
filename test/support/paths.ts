import { fileURLToPath } from "node:url";

export const root = fileURLToPath(new URL("../..", import.meta.url));
export const namerkitBin = fileURLToPath(new URL("../../packages/namerkit/bin/namerkit.js", import.meta.url));
export const mockMetadataBin = fileURLToPath(new URL("../../mock-metadata/bin/mock-metadata.js", import.meta.url));

/** A file of the example that is also the demo's stack. */
export const exampleFile = (name: string): string =>
  fileURLToPath(new URL(`../../examples/rancher/${name}`, import.meta.url));
