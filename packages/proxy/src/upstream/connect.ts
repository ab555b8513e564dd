import { connect, type Socket } from "node:net";
import type { SocketOptionsPlan } from "@namerkit/config";
import type { Clock, Closable } from "@namerkit/core";
import { closable, messageOf, NamerError } from "@namerkit/core";

export interface ConnectTarget {
  readonly ip: string;
  readonly port: number;
  readonly timeoutMs: number;
  readonly clock: Clock;
  readonly socketOptions?: SocketOptionsPlan | undefined;
}

/** Opens sockets to endpoints. Replaceable, for tests. */
export type Connector = (
  target: ConnectTarget,
  done: (error: NamerError | undefined, socket: Socket | undefined) => void,
) => Closable;

/**
 * As much as undici reads at a time from sockets that it opens itself. With node's 16 KB, an answer of that size stops and starts the
 * socket, which costs two system calls.
 */
const readableHighWaterMark = 65_536;

/** Plain TCP. `done` is called once, never synchronously, and not after close. */
export const connectTcp: Connector = ({ ip, port, timeoutMs, clock, socketOptions }, done) => {
  let socket: Socket;
  try {
    const { noDelay = true, keepAlive = true } = socketOptions ?? {};
    // net passes on what streams take, which its types do not know.
    const options = { host: ip, port, noDelay, keepAlive, keepAliveInitialDelay: 60_000, readableHighWaterMark };
    socket = connect(options);
  } catch (cause) {
    // A catalogue may hold ports that are none.
    const text = `cannot connect to ${hostPort(ip, port)}: ${messageOf(cause)}`;
    return clock.after(0, () => done(new NamerError("PROXY_CONNECT_FAILED", text, { cause }), undefined));
  }
  const finish = (error: NamerError | undefined) => {
    timer.close();
    socket.off("connect", connected);
    socket.off("error", failed);
    socket.off("close", closed);
    if (error === undefined) {
      done(undefined, socket);
    } else {
      socket.on("error", () => {}).destroy();
      done(error, undefined);
    }
  };
  const connected = () => finish(undefined);
  const failed = (cause: Error) =>
    finish(
      new NamerError("PROXY_CONNECT_FAILED", `cannot connect to ${hostPort(ip, port)}: ${cause.message}`, { cause }),
    );
  const closed = () =>
    finish(new NamerError("PROXY_CONNECT_FAILED", `cannot connect to ${hostPort(ip, port)}: closed at once`));
  const timer = clock.after(timeoutMs, () =>
    finish(
      new NamerError(
        "PROXY_CONNECT_TIMEOUT",
        `${hostPort(ip, port)} did not accept a connection within ${timeoutMs} ms`,
      ),
    ),
  );
  socket.once("connect", connected).once("error", failed).once("close", closed);
  return closable(() => {
    if (!socket.connecting) return;
    timer.close();
    socket.off("connect", connected).off("error", failed).off("close", closed);
    socket.on("error", () => {}).destroy();
  });
};

/** `1.2.3.4:80`, `[::1]:80`. */
export function hostPort(ip: string, port: number): string {
  return ip.includes(":") ? `[${ip}]:${port}` : `${ip}:${port}`;
}
