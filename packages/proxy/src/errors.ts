/** Every code that the proxy itself raises, and what it means. */
export const PROXY_ERROR_CODES = {
  PROXY_BAD_REQUEST: "The request cannot be forwarded unambiguously, so it is refused with 400.",
  PROXY_NOT_SUPPORTED: "The request asks for something the proxy does not do, such as OPTIONS *; answered with 501.",
  PROXY_URI_TOO_LONG: "The request line is longer than maxInitialLineKB; answered with 414.",
  PROXY_HEADERS_TOO_LARGE: "The request headers are larger than maxHeadersKB; answered with 431.",
  PROXY_OVERLOADED: "The server handles maxConcurrentRequests requests already; answered with 503 at once.",
  PROXY_UNKNOWN_DESTINATION: "No identifier of the router could give the request a name.",
  PROXY_CONNECT_FAILED: "No TCP connection to the endpoint could be made; nothing was sent.",
  PROXY_CONNECT_TIMEOUT: "The endpoint did not accept a connection in time; nothing was sent.",
  PROXY_CONNECTION_USED:
    "A pooled connection had been closed by the endpoint before it was used again; nothing was sent.",
  PROXY_TOO_MANY_WAITERS: "All connections to the endpoint are in use and too many requests wait for one already.",
  PROXY_POOL_CLOSED: "The endpoint left the set of addresses while a request waited for a connection to it.",
  PROXY_UPSTREAM_FAILED: "The endpoint broke off, or answered something that is not HTTP.",
  PROXY_RESPONSE_TIMEOUT: "The endpoint was silent for longer than the limit.",
  PROXY_ATTEMPT_TIMEOUT: "The endpoint did not answer within requestAttemptTimeoutMs.",
  PROXY_TIMEOUT: "There was no answer within totalTimeoutMs, the server's timeoutMs, or the deadline of the request.",
  PROXY_CLIENT_TIMEOUT:
    "The client was silent for longer than the limit, in its request body or in reading the answer.",
  PROXY_CLIENT_GONE: "The client closed its connection before the answer was complete.",
  PROXY_TLS_FILES: "The certificate or key of a server cannot be read or used.",
  PROXY_SUPERSEDED: "A reload has replaced the router, and the request was not over when shutdownGraceMs were.",
  PROXY_RELOAD: "The configuration cannot be read anew, or not now: the proxy has none, or is shutting down.",
  PROXY_WORKER:
    "A worker process ended before it could serve, or could not make what it was told of the configuration.",
  PROXY_LISTEN: "A server could not be started, usually because its port is taken.",
} as const;

export type ProxyErrorCode = keyof typeof PROXY_ERROR_CODES;
