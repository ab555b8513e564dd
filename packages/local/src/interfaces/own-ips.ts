import { networkInterfaces } from "node:os";
import { type Clock, Var } from "@namerkit/core";
import { IpSet } from "./same-ip.js";

export type Interfaces = () => ReturnType<typeof networkInterfaces>;

/** Interfaces come and go seldom, and the system tells nobody. */
const everyMs = 10_000;

/** The addresses of this machine's interfaces that are up, looked at again now and then while somebody observes. */
export function ownIps(clock: Clock, interfaces: Interfaces = networkInterfaces): Var<(ip: string) => boolean> {
  let text = "";
  let test: (ip: string) => boolean = () => false;
  const look = (): typeof test => {
    const ips = Object.values(interfaces()).flatMap((all) => all?.map(({ address }) => withoutZone(address)) ?? []);
    const now = ips.sort().join(" ");
    if (now !== text) {
      text = now;
      const set = new IpSet(ips);
      test = (ip) => set.has(ip);
    }
    return test;
  };
  return Var.async(look(), (set, signal) => {
    let shown = look();
    set(shown);
    const again = () => {
      timer = clock.after(everyMs, again);
      const now = look();
      if (now === shown) return;
      shown = now;
      set(now);
    };
    let timer = clock.after(everyMs, again);
    signal.addEventListener("abort", () => timer.close());
  });
}

function withoutZone(ip: string): string {
  const at = ip.indexOf("%");
  return at === -1 ? ip : ip.slice(0, at);
}
