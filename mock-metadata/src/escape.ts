const decoder = new TextDecoder();

/** As Go's url.QueryUnescape: `+` is a space, bytes that are no UTF-8 become U+FFFD. Undefined where the escape is a bad one. */
export function queryUnescape(text: string): string | undefined {
  return percentDecoded(text.replaceAll("+", " "));
}

/** As Go reads the path of a URL: `+` stays. */
export function pathUnescape(text: string): string | undefined {
  return percentDecoded(text);
}

/** The first bad escape of a text, in Go's words. */
export function escapeProblem(text: string): string {
  const [bad] = /%(?![0-9a-f]{2}).{0,2}/iu.exec(text) ?? [""];
  return `invalid URL escape "${bad}"`;
}

/** As Go's url.QueryEscape. Half of a surrogate pair is not UTF-8, and becomes U+FFFD. */
export function queryEscape(text: string): string {
  return escaped(text, /[A-Za-z0-9_.~-]/).replaceAll("%20", "+");
}

/** As Go writes the path of a URL. */
export function pathEscape(text: string): string {
  return escaped(text, /[A-Za-z0-9_.~$&+,/:;=@-]/);
}

/** As Go's path.Clean, but a slash at the end stays: no empty segments, no `.`, no `..`. */
export function cleanPath(path: string): string {
  const segments: string[] = [];
  for (const segment of path.split("/")) {
    if (segment === "..") segments.pop();
    else if (segment !== "" && segment !== ".") segments.push(segment);
  }
  const cleaned = `/${segments.join("/")}`;
  return path.endsWith("/") && cleaned !== "/" ? `${cleaned}/` : cleaned;
}

function percentDecoded(text: string): string | undefined {
  if (!text.includes("%")) return text;
  if (/%(?![0-9a-f]{2})/i.test(text)) return undefined;
  return text.replace(/(?:%[0-9a-f]{2})+/gi, (run) =>
    decoder.decode(Uint8Array.from(run.slice(1).split("%"), (hex) => Number.parseInt(hex, 16))),
  );
}

function escaped(text: string, plain: RegExp): string {
  let out = "";
  for (const byte of new TextEncoder().encode(text)) {
    const char = String.fromCharCode(byte);
    out += byte < 128 && plain.test(char) ? char : `%${byte.toString(16).toUpperCase().padStart(2, "0")}`;
  }
  return out;
}
