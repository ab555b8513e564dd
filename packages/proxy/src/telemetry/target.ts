/** A request target without its query, which may hold secrets. */
export function withoutQuery(target: string): string {
  const at = target.search(/[?#]/);
  return at < 0 ? target : target.slice(0, at);
}
