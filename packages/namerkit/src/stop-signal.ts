import process from "node:process";
import type { Writable } from "node:stream";

/** Resolves with the reason at SIGINT, at SIGTERM, or when nobody reads `output` any more (EPIPE); keeps the process alive until then. */
export function untilStopped(output?: Writable): Promise<"SIGINT" | "SIGTERM" | "EPIPE"> {
  return new Promise((resolve, reject) => {
    const alive = setInterval(() => {}, 2 ** 30);
    const onInterrupt = () => stop("SIGINT");
    const onTerminate = () => stop("SIGTERM");
    const onError = (error: NodeJS.ErrnoException) => {
      if (error.code === "EPIPE" || error.code === "ERR_STREAM_DESTROYED") return stop("EPIPE");
      release();
      reject(error);
    };
    const release = () => {
      clearInterval(alive);
      process.off("SIGINT", onInterrupt);
      process.off("SIGTERM", onTerminate);
    };
    const stop = (reason: "SIGINT" | "SIGTERM" | "EPIPE") => {
      release();
      resolve(reason);
    };
    process.once("SIGINT", onInterrupt);
    process.once("SIGTERM", onTerminate);
    // Stays: writes already under way may still fail after the first one did.
    output?.on("error", onError);
  });
}
