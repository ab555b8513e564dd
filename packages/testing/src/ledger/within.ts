/** Runs a function so that what it opens, now or later, is known to be the ledger's. */
export type Within = <T>(fn: () => T) => T;
