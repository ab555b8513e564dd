// The contestants of the proxy benchmarks: each starts in front of a back end on 127.0.0.1, in processes of its own.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { start } from "./children.mjs";
import { native, startNative } from "./natives.mjs";

export const OURS = "namerkit proxy";
export const RELAY = "node:http + undici, bare";
/** Those of npm that ours is held against: the best of them counts. */
export const PEERS = ["fast-proxy", "httpxy", "@fastify/http-proxy"];

const file = (path) => fileURLToPath(new URL(path, import.meta.url));
const listening = /listening on (\d+)/;
const backEnd = file("../peers/back-end.mjs");

/** Scripts, with their arguments and what they print when they serve. `to`: the port of the back end. */
const scripts = {
  [RELAY]: (to) => ({ script: file("../peers/bare-proxy.mjs"), args: [String(to)], ready: listening }),
  [OURS]: (to, folder, options = []) => ({
    script: file("../../packages/namerkit/bin/namerkit.js"),
    args: ["proxy", configFor(to, folder), ...options],
    ready: /serving http on \/127\.0\.0\.1:(\d+)\n(?:.*\n)*initialized/,
  }),
  "fast-proxy": (to) => ({ script: file("../peers/fast-proxy.mjs"), args: [String(to)], ready: listening }),
  httpxy: (to) => ({ script: file("../peers/httpxy.mjs"), args: [String(to)], ready: listening }),
  "@fastify/http-proxy": (to) => ({ script: file("../peers/fastify-proxy.mjs"), args: [String(to)], ready: listening }),
};
export const bareServer = { script: backEnd, args: ["128"], ready: listening };

/** Without compression, as the others have it: as Linkerd does, ours would compress 16 KB of text. */
function configFor(to, folder) {
  const config = join(folder, `linkerd-${to}.yaml`);
  writeFileSync(
    config,
    `admin: { port: 0 }\nrouters:\n- protocol: http\n  dtab: /svc => /$/inet/127.0.0.1/${to} ;\n  client: { loadBalancer: { kind: ewma } }\n  compressionLevel: 0\n  servers: [{ port: 0 }]\n`,
  );
  return config;
}

const freePort = () =>
  new Promise((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });

/** Starts contestants, and knows what to stop and to remove at the end. */
class Stage {
  #folder = mkdtempSync(join(tmpdir(), "namerkit-bench-"));
  #children = new Set();

  async #begin(starting) {
    const child = await starting;
    this.#children.add(child);
    const { stop } = child;
    child.stop = async (signal) => {
      this.#children.delete(child);
      await stop(signal);
    };
    return child;
  }

  /** A back end that answers every request with so many bytes. */
  backEnd(bytes) {
    return this.#begin(start(backEnd, [String(bytes)], listening));
  }

  /** One of those of `scripts`, nginx or haproxy; undefined, and a line about it, where it cannot be had. */
  async proxy(name, to, options) {
    const what = this.of(name, to, options);
    if (what !== undefined) return this.#begin(start(what.script, what.args, what.ready));
    const found = await native(name);
    if ("reason" in found) {
      console.log(`not run: ${name}: ${found.reason}`);
      return undefined;
    }
    const dir = mkdtempSync(join(this.#folder, name));
    return this.#begin(startNative(name, found.path, { port: await freePort(), to, dir }));
  }

  /** How a script is started, for those who start it themselves. */
  of(name, to, options) {
    return scripts[name]?.(to, this.#folder, options);
  }

  /** All of those names that can be had, by name. */
  async proxies(names, to) {
    const all = {};
    for (const name of names) {
      const child = await this.proxy(name, to);
      if (child !== undefined) all[name] = child;
    }
    return all;
  }

  async close() {
    await Promise.all([...this.#children].map((child) => child.stop()));
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

/** Whatever happens, nothing is left running. */
export async function onStage(play) {
  const stage = new Stage();
  try {
    return await play(stage);
  } finally {
    await stage.close();
  }
}
