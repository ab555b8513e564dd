import { HttpResponse, http, type RequestHandler } from "msw";
import type { ConsulFake } from "./consul-fake.js";

/** The fake as msw handlers below `baseUrl`, such as http://consul:8500. A connection that breaks is a network error there. */
export function consulHandlers(fake: ConsulFake, baseUrl: string): readonly RequestHandler[] {
  const base = baseUrl.replace(/\/$/, "");
  const below = new RegExp(`^${base.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")}(/|$)`);
  return [
    http.all(below, async ({ request }) => {
      const outcome = await fake.handle(
        {
          method: request.method,
          target: request.url.slice(base.length) || "/",
          headers: Object.fromEntries(request.headers),
          body: new Uint8Array(await request.arrayBuffer()),
        },
        request.signal,
      );
      if (outcome === "reset") return HttpResponse.error();
      const { status, headers, body } = outcome;
      return new HttpResponse(body.length === 0 ? null : body, { status, headers });
    }),
  ];
}
