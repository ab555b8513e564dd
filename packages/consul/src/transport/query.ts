/** The parameters of `pathAndQuery`, with the path apart. */
function split(pathAndQuery: string): readonly [path: string, pairs: readonly string[]] {
  const at = pathAndQuery.indexOf("?");
  if (at < 0) return [pathAndQuery, []];
  return [
    pathAndQuery.slice(0, at),
    pathAndQuery
      .slice(at + 1)
      .split("&")
      .filter((pair) => pair !== ""),
  ];
}

const nameOf = (pair: string): string => pair.split("=", 1)[0] ?? "";
const join = (path: string, pairs: readonly string[]): string =>
  pairs.length === 0 ? path : `${path}?${pairs.join("&")}`;

/** Adds parameters that are not there yet; those without a value are left out. `true` becomes a bare word. */
export function withParameters(
  pathAndQuery: string,
  parameters: Readonly<Record<string, string | true | undefined>>,
): string {
  const [path, pairs] = split(pathAndQuery);
  const there = new Set(pairs.map(nameOf));
  const added = Object.entries(parameters).flatMap(([name, value]) => {
    if (value === undefined || value === "" || there.has(name)) return [];
    return [value === true ? name : `${name}=${encodeURIComponent(value)}`];
  });
  return join(path, [...pairs, ...added]);
}

/** Without the parameters of these names. */
export function without(pathAndQuery: string, ...names: readonly string[]): string {
  const [path, pairs] = split(pathAndQuery);
  return join(
    path,
    pairs.filter((pair) => !names.includes(nameOf(pair))),
  );
}

/** As it stands in the query, decoded; undefined if it is not there. */
export function parameter(pathAndQuery: string, name: string): string | undefined {
  const pair = split(pathAndQuery)[1].find((one) => nameOf(one) === name);
  if (pair === undefined) return undefined;
  const value = pair.slice(name.length + 1);
  try {
    return decodeURIComponent(value);
  } catch {
    return value;
  }
}
