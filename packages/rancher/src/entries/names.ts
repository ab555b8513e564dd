/** Names are compared without regard to case. Undefined for what is no name in Rancher: with a slash, `a/b` + `c` would be `a` + `b/c`. */
export function serviceKey(stack: unknown, service: unknown): string | undefined {
  if (!isName(stack) || !isName(service)) return undefined;
  return `${stack}/${service}`.toLowerCase();
}

function isName(text: unknown): text is string {
  return typeof text === "string" && text !== "" && !text.includes("/");
}
