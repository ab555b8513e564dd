/** The suite that every namer must pass, as vitest tests. `@namerkit/testing/scenarios` is the same without vitest. */
export { describeNamer } from "./conformance/describe-namer.js";
export * from "./scenarios.js";
