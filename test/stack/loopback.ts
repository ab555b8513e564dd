import { randomInt } from "node:crypto";
import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";

/** The first three numbers of loopback addresses that nobody else is likely to use, as a container network would be. */
export function loopbackNetwork(): string {
  return `127.${randomInt(64, 250)}.${randomInt(1, 250)}`;
}

/** Ports that were free a moment ago, no two the same. `host`: where; with 0.0.0.0, on every address. */
export async function freePorts(count: number, host: string): Promise<readonly number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, host));
  try {
    await Promise.all(servers.map((server) => once(server, "listening")));
    return servers.map((server) => (server.address() as AddressInfo).port);
  } finally {
    await Promise.all(servers.map((server) => once(server.close(), "close")));
  }
}
