import type { Readable, Writable } from "node:stream";

/** The world of one command: what it reads and writes, and nothing else of the process. */
export interface Console {
  /** Results only. */
  readonly stdout: Writable;
  /** Problems, progress and logs. */
  readonly stderr: Writable;
  readonly stdin: Readable;
  readonly cwd: string;
}

/** What the process ends with. */
export const ExitCode = {
  ok: 0,
  /** The configuration is bad, or what was asked for failed. */
  failed: 1,
  /** The command line is wrong. */
  usage: 2,
  /** The name leads nowhere: neg, empty or fail. */
  nowhere: 3,
  /** Still pending when the time was up. */
  pending: 4,
} as const;
export type ExitCode = (typeof ExitCode)[keyof typeof ExitCode];

/** Ends the command with a message on stderr. */
export class CommandError extends Error {
  readonly exitCode: ExitCode;
  constructor(exitCode: ExitCode, message: string) {
    super(message);
    this.exitCode = exitCode;
  }
}

export function usageError(message: string): CommandError {
  return new CommandError(ExitCode.usage, message);
}
