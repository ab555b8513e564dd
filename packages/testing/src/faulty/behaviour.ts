import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";

/** A request as the server saw it. */
export interface SeenRequest {
  readonly method: string;
  /** The request target: path and query. */
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  /** On the server's clock, in ms. */
  readonly at: number;
  /** Counted over the life of the server, from 1. */
  readonly number: number;
  readonly connection: SeenConnection;
}

/** A connection that a client has opened. */
export interface SeenConnection {
  /** Counted over the life of the server, from 1. */
  readonly number: number;
  readonly open: boolean;
  /** Resolves when the socket is gone, whoever closed it. */
  readonly closed: Promise<void>;
  /** How many requests have come over it. */
  readonly requests: number;
}

/** One request waiting for its answer, as a behaviour sees it. */
export interface Exchange {
  readonly request: SeenRequest;
  /** The request as it comes in, for whoever wants its body. Thrown away unless it is read at once. */
  readonly incoming: IncomingMessage;
  readonly response: ServerResponse;
  readonly socket: Socket;
  /** Resolves to true `ms` from now, or to false as soon as the socket is gone; then there is nobody left to answer. */
  wait(ms: number): Promise<boolean>;
}

/** What the server does with a request. Anything it starts must end with the socket, which `wait` sees to. */
export interface Behaviour {
  readonly name: string;
  /** Given the connection before anything is read from it; true means that the behaviour keeps it and no request will be seen. */
  connect?(socket: Socket): boolean;
  request(exchange: Exchange): void | Promise<void>;
}

/** One behaviour for everything, or a choice for each request. A choice is made after the request is read, so `connect` is not asked. */
export type Script = Behaviour | ((request: SeenRequest) => Behaviour);
