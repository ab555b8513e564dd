import { HttpResponse, http, type RequestHandler } from "msw";
import type { KubernetesFake } from "./kubernetes-fake.js";

/** The fake as msw handlers below `baseUrl`, such as https://kubernetes.default.svc. Watches are streams; one that is reset is an error there. */
export function kubernetesHandlers(fake: KubernetesFake, baseUrl: string): readonly RequestHandler[] {
  const base = baseUrl.replace(/\/$/, "");
  const below = new RegExp(`^${base.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")}(/|$)`);
  return [
    http.all(below, async ({ request }) => {
      const target = request.url.slice(base.length) || "/";
      const headers = Object.fromEntries(request.headers);
      const answer = await fake.handle({ method: request.method, target, headers }, request.signal);
      const { status } = answer;
      const head = { status, headers: { ...answer.headers } };
      if ("body" in answer) return new HttpResponse(answer.body, head);
      let watch: { close(): void } | undefined;
      const encoder = new TextEncoder();
      const stream = new ReadableStream<Uint8Array>({
        start(controller) {
          watch = answer.watch({
            write: (text) => controller.enqueue(encoder.encode(text)),
            end: () => controller.close(),
            reset: () => controller.error(new Error("the connection was reset")),
          });
          request.signal.addEventListener("abort", () => watch?.close());
        },
        cancel() {
          watch?.close();
        },
      });
      return new HttpResponse(stream, head);
    }),
  ];
}
