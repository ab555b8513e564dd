/**
 * Bounds on what one client or endpoint may cost. Linkerd sets none of the silences; here nothing waits for ever.
 * All times are milliseconds of silence, never of a whole transfer: a slow 10 GB upload is fine as long as it moves.
 */
export interface HttpLimits {
  /** From the first byte of a request head, or from connecting, to its end. Slower clients get 408. */
  readonly clientHeadMs: number;
  /** How long an idle keep-alive connection of a client stays open. */
  readonly clientIdleMs: number;
  /** Silence of a client in the middle of its request body, while the endpoint would take more. */
  readonly uploadIdleMs: number;
  /** How long a client may read nothing while an answer waits for it. */
  readonly readerStallMs: number;
  /** From asking for a connection to an endpoint to having one. */
  readonly connectMs: number;
  /** Silence of the endpoint before its response head. Generous, for long polls. */
  readonly responseMs: number;
  /** Silence of the endpoint within a response body. Generous, for event streams. */
  readonly responseIdleMs: number;
  /** Silence of both sides of a tunnel, after an Upgrade or a CONNECT. */
  readonly tunnelIdleMs: number;
  /** The request line; more is answered with 414. */
  readonly requestLineBytes: number;
  /** Request headers; more is answered with 431. */
  readonly requestHeadBytes: number;
  /** Names, prefixes and destinations together, in the delegations that a request brings along; more is answered with 400. */
  readonly delegationsPerRequest: number;
  /** Headers of a response; more is answered with 502. */
  readonly responseHeadBytes: number;
  /** Longest text of an error body and of l5d-err. */
  readonly errorBodyBytes: number;
  readonly errorHeaderBytes: number;
  /** Requests that a client may pipeline on one connection before it is cut off. */
  readonly pipelinedRequests: number;
  /** Connections to one endpoint, and requests waiting when all are in use. */
  readonly connectionsPerEndpoint: number;
  readonly waitersPerEndpoint: number;
  /** How long an unused connection to an endpoint is kept. Below the 5 s after which many servers close theirs. */
  readonly upstreamIdleMs: number;
}

export const defaultLimits: HttpLimits = {
  clientHeadMs: 10_000,
  clientIdleMs: 60_000,
  uploadIdleMs: 60_000,
  readerStallMs: 300_000,
  connectMs: 3_000,
  responseMs: 900_000,
  responseIdleMs: 3_600_000,
  tunnelIdleMs: 3_600_000,
  requestLineBytes: 4_096,
  requestHeadBytes: 8_192,
  delegationsPerRequest: 100,
  responseHeadBytes: 65_536,
  errorBodyBytes: 65_536,
  errorHeaderBytes: 8_192,
  pipelinedRequests: 100,
  connectionsPerEndpoint: 1_024,
  waitersPerEndpoint: 1_024,
  upstreamIdleMs: 4_000,
};
