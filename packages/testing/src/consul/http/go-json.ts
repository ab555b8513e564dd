/** JSON as Go writes it: with <, > and & escaped, and where it is indented, by four spaces and with a newline at the end. */
export function goJson(value: unknown, indented: boolean): string {
  const text = JSON.stringify(value, undefined, indented ? 4 : 0);
  const safe = text.replace(/[<>&\u2028\u2029]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`);
  return indented ? `${safe}\n` : safe;
}
