import { type Channel, subscribe, unsubscribe } from "node:diagnostics_channel";
import type { Socket } from "node:net";
import { type Closable, closable } from "@namerkit/core";
import type { Book } from "./book.js";
import { Opener } from "./opener.js";

type Heard = Parameters<Channel["subscribe"]>[0];

/**
 * Enters every socket that this process opens as a client, if `mine` says so at that moment, until the handle is closed.
 *
 * Node tells of net.connect only. A TLS connection is seen where undici made it, from the moment when it stands; one that node:tls or
 * node:https made is not.
 */
export function watchSockets(book: Book, mine: () => boolean): Closable {
  const known = new WeakSet<Socket>();
  /** Who made undici connect: by the time that a TLS connection stands, the stack has forgotten. */
  const connecting = new WeakMap<object, Opener>();

  const enter = (socket: Socket, opener: Opener): void => {
    if (known.has(socket) || socket.closed) return;
    known.add(socket);
    let peer = peerOf(socket);
    if (peer === undefined) {
      socket.once("connect", () => {
        peer = peerOf(socket);
      });
    }
    const entry = book.enter(
      "socket",
      opener,
      () => `socket ${peer === undefined ? "still connecting" : `to ${peer}`}`,
    );
    socket.once("close", () => entry.close());
  };

  const opened: Heard = (message) => {
    if (mine()) enter((message as { socket: Socket }).socket, Opener.of(opened));
  };
  const connects: Heard = (message) => {
    if (mine()) connecting.set((message as { connector: object }).connector, Opener.of(connects));
  };
  const connected: Heard = (message) => {
    const { connector, socket } = message as { connector: object; socket: Socket };
    const opener = connecting.get(connector);
    if (opener !== undefined) enter(socket, opener);
  };
  const heard: readonly (readonly [string, Heard])[] = [
    ["net.client.socket", opened],
    ["undici:client:beforeConnect", connects],
    ["undici:client:connected", connected],
  ];
  for (const [name, listener] of heard) subscribe(name, listener);
  return closable(() => {
    for (const [name, listener] of heard) unsubscribe(name, listener);
  });
}

function peerOf({ remoteAddress, remotePort, remoteFamily }: Socket): string | undefined {
  if (remoteAddress === undefined) return undefined;
  return `${remoteFamily === "IPv6" ? `[${remoteAddress}]` : remoteAddress}:${remotePort}`;
}
