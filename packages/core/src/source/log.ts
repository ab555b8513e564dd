import type { Logger } from "./env.js";

function nothing(): void {}

/** A logger that says nothing. */
export const silentLog: Logger = { trace: nothing, debug: nothing, info: nothing, warn: nothing, error: nothing };
