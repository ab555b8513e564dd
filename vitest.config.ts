import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

// Unit tests read the sources, so that a test never runs against yesterday's build; end-to-end tests start the built command.
const source = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const alias = [
  { find: /^@namerkit\/mock-metadata$/, replacement: source("mock-metadata/src/index.ts") },
  { find: /^@namerkit\/mock-metadata\/(.+)$/, replacement: source("mock-metadata/src/$1.ts") },
  { find: /^@namerkit\/([a-z0-9]+)$/, replacement: source("packages/$1/src/index.ts") },
  { find: /^@namerkit\/([a-z0-9]+)\/([a-z]+)$/, replacement: source("packages/$1/src/$2.ts") },
];

export default defineConfig({
  resolve: { alias },
  test: {
    // Most of the time of most tests is spent waiting: one process less than there are cores, which is the default, leaves a small machine idle.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    projects: [
      {
        extends: true,
        test: { name: "unit", include: ["packages/*/src/**/*.test.ts", "mock-metadata/src/**/*.test.ts"] },
      },
      { extends: true, test: { name: "vectors", include: ["test/vectors/**/*.test.ts"] } },
      {
        extends: true,
        test: { name: "integration", include: ["test/integration/**/*.test.ts"], testTimeout: 30_000 },
      },
      {
        extends: true,
        test: {
          name: "e2e",
          include: ["test/e2e/**/*.test.ts"],
          testTimeout: 120_000,
          hookTimeout: 120_000,
          fileParallelism: false,
        },
      },
    ],
  },
});
