import { readFile } from "node:fs/promises";
import type { Server } from "node:https";
import { createSecureContext, type SecureContextOptions } from "node:tls";
import type { ServerTlsPlan } from "@namerkit/config";
import { type Clock, type Closable, closable, type Logger, type Metrics, messageOf, NamerError } from "@namerkit/core";
import { protocolSettings } from "@namerkit/watch";

/** How often the files are looked at. Certificates are renewed hours before they expire. */
const everyMs = 5_000;
const maxBytes = 1024 * 1024;

export interface ServerTlsEnv {
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: Metrics;
}

/** What a server shows to its clients, and asks of them: read from files, and again when these have changed. */
export class ServerTls {
  readonly #plan: ServerTlsPlan;
  readonly #env: ServerTlsEnv;
  #contents = "";
  #warned: string | undefined;

  constructor(plan: ServerTlsPlan, env: ServerTlsEnv) {
    this.#plan = plan;
    this.#env = env;
  }

  /** For `https.createServer`, which can do without certificates until it listens. */
  get options(): {
    readonly requestCert: boolean;
    readonly rejectUnauthorized: boolean;
    readonly ALPNProtocols: string[];
  } {
    const { caCertPath, requireClientAuth } = this.#plan;
    return {
      requestCert: caCertPath !== undefined || requireClientAuth,
      rejectUnauthorized: requireClientAuth,
      ALPNProtocols: ["http/1.1"],
    };
  }

  /**
   * Gives the server its certificate. Until the returned handle is closed, another one takes its place as soon as the files have changed,
   * for new connections; files that cannot be used leave the last good ones in place, with a warning and `tls/reload_failures` counted.
   *
   * @throws NamerError (by rejecting) PROXY_TLS_FILES
   */
  async serve(server: Server): Promise<Closable> {
    await this.#load(server);
    const { clock, log, metrics } = this.#env;
    const reloads = metrics.scope("tls").counter("reloads");
    const failures = metrics.scope("tls").counter("reload_failures");
    let closed = false;
    const look = async () => {
      try {
        if (await this.#load(server)) {
          reloads.add();
          log.info({ certPath: this.#plan.certPath }, "TLS: a new certificate is in use");
        }
        this.#warned = undefined;
      } catch (thrown) {
        const message = messageOf(thrown);
        if (message !== this.#warned) {
          failures.add();
          log.warn({ certPath: this.#plan.certPath }, `TLS: the last good files stay in use: ${message}`);
        }
        this.#warned = message;
      }
      if (!closed) timer = clock.after(everyMs, again);
    };
    // It catches everything.
    const again = () => void look();
    let timer = clock.after(everyMs, again);
    return closable(() => {
      closed = true;
      timer.close();
    });
  }

  /** Whether there was something new. */
  async #load(server: Server): Promise<boolean> {
    const { certPath, keyPath, intermediateCertsPath, caCertPath, ciphers, protocols } = this.#plan;
    const [cert, key, between, ca] = await Promise.all([
      text(certPath),
      text(keyPath),
      intermediateCertsPath === undefined ? "" : text(intermediateCertsPath),
      caCertPath === undefined ? undefined : text(caCertPath),
    ]);
    const contents = [cert, key, between, ca].join("\0");
    if (contents === this.#contents) return false;
    const context: SecureContextOptions = {
      cert: between === "" ? cert : `${cert}\n${between}`,
      key,
      ...(ca === undefined ? {} : { ca }),
      ...(ciphers.length > 0 && { ciphers: ciphers.join(":") }),
      ...protocolSettings(protocols),
    };
    try {
      // Before the server gets it, which would be without a certificate afterwards.
      createSecureContext(context);
      server.setSecureContext(context);
    } catch (thrown) {
      throw new NamerError(
        "PROXY_TLS_FILES",
        `the TLS files cannot be used (${certPath}, ${keyPath}): ${messageOf(thrown)}`,
      );
    }
    this.#contents = contents;
    return true;
  }
}

async function text(file: string): Promise<string> {
  try {
    const found = await readFile(file, "utf8");
    if (found.length > maxBytes) throw new Error(`it is larger than ${maxBytes} bytes`);
    return found;
  } catch (thrown) {
    throw new NamerError("PROXY_TLS_FILES", `cannot read ${file}: ${messageOf(thrown)}`, { cause: thrown });
  }
}
