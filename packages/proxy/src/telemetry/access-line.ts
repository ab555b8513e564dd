import type { FinishedRequest } from "@namerkit/core";

/**
 * Writes lines Linkerd's access log, each with a line feed:
 *
 *     <Host> <remote> - - [dd/MM/yyyy:HH:mm:ss UTC] "<METHOD> <target> HTTP/<version>" <status> <bytes> "<Referer>" "<User-Agent>"
 *
 * with `-` for what is missing. Whatever could end a field or a line early stands as \xHH, so that no client can write lines of its own.
 */
export class AccessLines {
  #second = Number.NaN;
  #time = "";

  of(request: FinishedRequest): string {
    const { method, target, version, status, bytes } = request;
    const host = bare(request.authority);
    const remote = bare(withoutPort(request.remote));
    const at = this.#timeOf(request.startedAt + request.durationMs);
    const line = `${quoted(method)} ${quoted(target)} HTTP/${version}`;
    const referer = quoted(request.header("referer"));
    const agent = quoted(request.header("user-agent"));
    return `${host} ${remote} - - [${at}] "${line}" ${status} ${bytes} "${referer}" "${agent}"\n`;
  }

  /** Worked out once a second. */
  #timeOf(ms: number): string {
    const second = Math.floor(ms / 1_000);
    if (second !== this.#second) {
      this.#second = second;
      const iso = new Date(second * 1_000).toISOString();
      this.#time = `${iso.slice(8, 10)}/${iso.slice(5, 7)}/${iso.slice(0, 4)}:${iso.slice(11, 19)} UTC`;
    }
    return this.#time;
  }
}

/** In quotation marks it may hold blanks. */
function quoted(text: string | undefined): string {
  return text === undefined || text === "" ? "-" : text.replace(/["\\]|[^ -~]/gu, escaped);
}

function bare(text: string | undefined): string {
  return text === undefined || text === "" ? "-" : text.replace(/["\\]|[^!-~]/gu, escaped);
}

/** node reads header values as Latin-1: what is no byte comes from elsewhere. */
function escaped(character: string): string {
  const code = character.codePointAt(0) as number;
  return code <= 0xff ? `\\x${code.toString(16).padStart(2, "0")}` : `\\u{${code.toString(16)}}`;
}

function withoutPort(remote: string): string {
  const end = remote.lastIndexOf(":");
  const host = end < 0 ? remote : remote.slice(0, end);
  return host.startsWith("[") ? host.slice(1, -1) : host;
}
