import type { Fault } from "./kinds.js";

const PAGE = `<!doctype html>
<html><head><title>Welcome</title></head><body><h1>Please sign in to use this network.</h1></body></html>
`;
/** RFC 9110, 15.3.5, 15.3.6 and 15.4.5: these have no body. */
const bodiless = new Set([204, 205, 304]);

/** The answer that takes the place of the real one. Undefined: the fault is of another kind. */
export function insteadOf(fault: Fault): Response | undefined {
  switch (fault.kind) {
    case "status": {
      const { status = 503, retryAfter } = fault;
      const headers = {
        "content-type": "text/plain; charset=utf-8",
        ...(retryAfter === undefined ? {} : { "retry-after": String(retryAfter) }),
      };
      return new Response(bodiless.has(status) ? null : `${status} as wished\n`, { status, headers });
    }
    case "html":
      return new Response(PAGE, { headers: { "content-type": "text/html; charset=utf-8" } });
    case "empty":
      return new Response(null);
    case "huge":
      return new Response(null, { headers: { "content-type": "application/json" } });
    case "reset":
    case "gibberish":
      return Response.error();
    default:
      return undefined;
  }
}

/** No HTTP, whatever is asked. */
export const gibberish = Buffer.from("\u0000\u0001\u00ff\u00fe 220 nobody.example ESMTP ready\r\n\r\n", "latin1");
