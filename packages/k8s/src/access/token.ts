import type { Clock } from "@namerkit/core";
import { type Credentials, SecretFile } from "@namerkit/watch";

/** A token that is replaced in its file while it is used, as those of service accounts are. */
export class TokenInFile implements Credentials {
  readonly file: string;
  readonly #file: SecretFile;
  #used = "";

  constructor(clock: Clock, file: string, baseDir: string) {
    this.#file = new SecretFile(clock, file, baseDir);
    this.file = this.#file.file;
  }

  async headers(): Promise<Readonly<Record<string, string>>> {
    this.#used = await this.#file.read();
    return bearer(this.#used);
  }

  /** A file that cannot be read just now makes the refusal no other; the next request will say so. */
  refused(): Promise<boolean> {
    return this.#file.refused(this.#used).catch(() => false);
  }
}

export function bearer(token: string): Readonly<Record<string, string>> {
  return { authorization: `Bearer ${token}` };
}
