import { fileURLToPath } from "node:url";

export const root = fileURLToPath(new URL("../..", import.meta.url));
export const namerkitBin = fileURLToPath(new URL("../../packages/namerkit/bin/namerkit.js", import.meta.url));
export const mockMetadataBin = fileURLToPath(new URL("../../mock-metadata/bin/mock-metadata.js", import.meta.url));
