import type { Dispatcher } from "undici";

/** The request of undici as one of the Fetch standard, which is what msw's handlers are given. @throws TypeError where it cannot be one */
export async function toRequest(
  options: Dispatcher.DispatchOptions,
  body: Uint8Array | undefined,
  signal: AbortSignal,
): Promise<Request> {
  return new Request(urlOf(options), {
    method: options.method,
    headers: headersOf(options.headers),
    signal,
    ...(body === undefined ? {} : { body }),
  });
}

/** Reads the body whole, so that it can be shown to a handler and still be passed on. */
export async function bodyOf(options: Dispatcher.DispatchOptions): Promise<Uint8Array | undefined> {
  const { body } = options;
  if (body === undefined || body === null) return undefined;
  return new Uint8Array(await new Response(body as ResponseBody).arrayBuffer());
}

/** Not resolved as a relative reference: a path such as //x would then name another host. */
export function urlOf(options: Dispatcher.DispatchOptions): string {
  const { origin = "", path, query } = options;
  const url = /^https?:\/\//.test(path) ? new URL(path) : new URL(String(origin).replace(/\/$/, "") + path);
  for (const [name, value] of Object.entries(query ?? {})) {
    for (const one of Array.isArray(value) ? value : [value]) url.searchParams.append(name, String(one));
  }
  return url.href;
}

/** Any of the forms in which undici takes headers. */
export function headersOf(headers: Dispatcher.DispatchOptions["headers"]): Headers {
  const result = new Headers();
  for (const [name, value] of pairsOf(headers)) {
    for (const one of Array.isArray(value) ? value : [value]) if (one !== undefined) result.append(name, one);
  }
  return result;
}

type Pair = readonly [string, string | string[] | undefined];

function* pairsOf(headers: Dispatcher.DispatchOptions["headers"]): Iterable<Pair> {
  if (headers === undefined || headers === null) return;
  if (!(Symbol.iterator in headers)) yield* Object.entries(headers);
  else if (!isFlat(headers)) yield* headers as Iterable<Pair>;
  else for (let i = 0; i + 1 < headers.length; i += 2) yield [headers[i] as string, headers[i + 1]];
}

function isFlat(headers: object): headers is string[] {
  return Array.isArray(headers) && !Array.isArray(headers[0]);
}

/** undici also takes streams and iterables, which the Response of Node reads all the same. */
type ResponseBody = ConstructorParameters<typeof Response>[0];
