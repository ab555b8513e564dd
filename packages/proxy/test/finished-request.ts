import type { FinishedRequest } from "@namerkit/core";

/** A request that was answered, with whatever else a test wants of it. */
export function finishedRequest(
  given: Partial<FinishedRequest> & { readonly headers?: Readonly<Record<string, string>> } = {},
): FinishedRequest {
  const { headers = {}, ...rest } = given;
  const ids = { traceId: "463ac35c9f6413ad", sampled: true, flags: 0, state: undefined };
  return {
    router: "http",
    server: "0.0.0.0/4140",
    method: "GET",
    target: "/x?token=secret",
    version: "1.1",
    authority: "web",
    header: (name) => headers[name.toLowerCase()],
    remote: "10.1.2.3:4567",
    startedAt: Date.UTC(2026, 4, 2, 10, 20, 30),
    durationMs: 12.5,
    status: 200,
    bytes: 7,
    service: "/svc/web",
    client: "/#/io.l5d.fs/web",
    address: "10.9.8.7:8080",
    retries: 0,
    trace: { ...ids, spanId: "00000000000000bb", parentId: "00000000000000aa" },
    serverTrace: { ...ids, spanId: "00000000000000aa", parentId: "00000000000000aa", shared: false },
    attemptMs: 10,
    error: undefined,
    ...rest,
  };
}
