/** Deep enough to come out of undici's and core's layers at whoever called them. */
const FRAMES = 60;

/** Frames that say nothing of who it was: Node's own, undici's, vitest's. */
const NOBODY = /\(?node:|\((native|<anonymous>|index \d+)\)|[\\/]node_modules[\\/](undici|vitest|@vitest[\\/]\w+)[\\/]/;

/** A place in a program, remembered cheaply: it becomes text only when somebody asks. */
export class Opener {
  stack = "";

  /** The caller of `below`, which itself and what it called are left out. */
  static of(below: Function): Opener {
    const opener = new Opener();
    const limit = Error.stackTraceLimit;
    Error.stackTraceLimit = FRAMES;
    try {
      Error.captureStackTrace(opener, below);
    } finally {
      Error.stackTraceLimit = limit;
    }
    return opener;
  }

  /** One frame a line, the innermost first, without those that say nothing; all of them where nothing would be left. */
  toString(): string {
    const frames = this.stack
      .split("\n")
      .map((line) => line.trim())
      .filter((line) => line.startsWith("at "));
    const telling = frames.filter((frame) => !NOBODY.test(frame));
    return (telling.length > 0 ? telling : frames).join("\n");
  }
}
