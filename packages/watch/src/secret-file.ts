import { resolve } from "node:path";
import { type Clock, NamerError } from "@namerkit/core";
import { ChangingFiles } from "./changing-files.js";

/**
 * A token in a file, re-read when it changes. What it is never comes into an error, a log or the state: only where it is.
 */
export class SecretFile {
  readonly file: string;
  readonly #files: ChangingFiles<string>;

  /** @param file relative to `baseDir` */
  constructor(clock: Clock, file: string, baseDir: string) {
    this.file = resolve(baseDir, file);
    this.#files = new ChangingFiles(clock, [this.file], ([text = ""]) => this.#secretIn(text));
  }

  /** The secret, without space around it. @throws NamerError (by rejecting) WATCH_FILE, WATCH_SECRET */
  read(): Promise<string> {
    return this.#files.current();
  }

  /**
   * To be called when the server has refused `used`: looks at once, and says whether there is another one by now, with which it is
   * worth trying again.
   */
  async refused(used: string): Promise<boolean> {
    return (await this.#files.look()) !== used;
  }

  #secretIn(text: string): string {
    const secret = text.replace(/^\ufeff/, "").trim();
    if (secret === "") throw new NamerError("WATCH_SECRET", `${this.file} is empty, and should hold a token`);
    // It would have to go into a header.
    if (!/^[\x21-\x7e]+$/.test(secret)) {
      throw new NamerError("WATCH_SECRET", `${this.file} holds something else than one token on one line`);
    }
    return secret;
  }
}
