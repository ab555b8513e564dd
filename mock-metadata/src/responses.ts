import type { Json } from "./json.js";
import type { Format } from "./negotiate.js";
import { render } from "./render.js";

const TEXT = "text/plain; charset=utf-8";
const EVERYBODY = { "access-control-allow-origin": "*" };
const ERROR = { "content-type": TEXT, "x-content-type-options": "nosniff" };

/** Whatever the format, the type is text/plain: the real server lets Go guess it from the body. An empty body has none. */
export function success(value: Json, format: Format): Response {
  const body = render(value, format);
  if (body === "") return new Response(null, { headers: EVERYBODY });
  return new Response(body, { headers: { ...EVERYBODY, "content-type": TEXT } });
}

/** An error of the API, in the format asked for. A line ends it, even where it ends with one. */
export function failure(status: number, message: string, format: Format): Response {
  const body = format === "text" ? message : render({ code: status, message, type: "error" }, format);
  return new Response(`${body}\n`, { status, headers: { ...EVERYBODY, ...ERROR } });
}

/** What no route leads to: not an answer of the API, hence neither its formats nor its headers. */
export function noRoute(): Response {
  return new Response("404 page not found\n", { status: 404, headers: ERROR });
}

export function movedTo(location: string): Response {
  return new Response(null, { status: 301, headers: { location } });
}

/** For a client that is gone. Nobody will read it. */
export function unread(): Response {
  return new Response(null, { status: 499 });
}
