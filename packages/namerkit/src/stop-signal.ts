import process from "node:process";
import type { Writable } from "node:stream";

export type StopReason = "SIGINT" | "SIGTERM" | "EPIPE" | "done";

/**
 * Resolves with the reason at SIGINT, at SIGTERM, when nobody reads `output` any more (EPIPE), or when `done` aborts. Keeps the
 * process alive until then.
 */
export function untilStopped(
  options: { readonly output?: Writable; readonly done?: AbortSignal } = {},
): Promise<StopReason> {
  const { output, done } = options;
  return new Promise((resolve, reject) => {
    const alive = setInterval(() => {}, 2 ** 30);
    const onInterrupt = () => stop("SIGINT");
    const onTerminate = () => stop("SIGTERM");
    const onDone = () => stop("done");
    const onError = (error: NodeJS.ErrnoException) => {
      if (error.code === "EPIPE" || error.code === "ERR_STREAM_DESTROYED") return stop("EPIPE");
      release();
      reject(error);
    };
    const release = () => {
      clearInterval(alive);
      process.off("SIGINT", onInterrupt);
      process.off("SIGTERM", onTerminate);
      done?.removeEventListener("abort", onDone);
    };
    const stop = (reason: StopReason) => {
      release();
      resolve(reason);
    };
    process.once("SIGINT", onInterrupt);
    process.once("SIGTERM", onTerminate);
    done?.addEventListener("abort", onDone, { once: true });
    // Stays: writes already under way may still fail after the first one did.
    output?.on("error", onError);
  });
}
