import { execFile } from "node:child_process";
import { isAbsolute, resolve } from "node:path";
import { type Clock, messageOf, NamerError } from "@namerkit/core";
import type { Credentials, Pem } from "@namerkit/watch";
import { isObject, type Json, objectIn, objectsIn, textIn } from "../objects/fields.js";
import { nonEmpty, problem } from "./kubeconfig.js";
import { bearer } from "./token.js";

/** A plug-in may have to ask a cloud; it has no terminal to ask anybody else. */
const EXEC_MS = 30_000;
const MAX_BYTES = 1024 * 1024;
/** A token is asked for again this long before it expires, so that none expires on its way. */
const EARLY_MS = 10_000;
const known = /^client\.authentication\.k8s\.io\/v1(beta1)?$/;

export interface ExecEnv {
  readonly clock: Clock;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Of the kubeconfig: commands with a slash are relative to it. */
  readonly folder: string;
  readonly at: string;
}

/** What a plug-in has printed: one of the first two at least. */
interface Printed {
  readonly token: string | undefined;
  readonly certificate: Required<Pick<Pem, "cert" | "key">> | undefined;
  readonly untilMs: number;
}

/**
 * A token, or a client certificate, that a command prints: asked for when it is needed, once for all who need it, and again when it has
 * expired or is refused. https://kubernetes.io/docs/reference/access-authn-authz/authentication/#client-go-credential-plugins
 */
export class ExecCredentials implements Credentials {
  /** Told when the API has refused a certificate, and there is another: connections are made with the old one. */
  onCertificate: (() => void) | undefined;
  readonly #env: ExecEnv;
  readonly #command: string;
  readonly #args: readonly string[];
  readonly #variables: Readonly<Record<string, string>>;
  readonly #version: string;
  #printed: Printed | undefined;
  #pem: Pem | undefined;
  #asking: Promise<Printed> | undefined;

  /** @throws NamerError NAMER_CONFIG */
  constructor(exec: Json, env: ExecEnv) {
    const command = textIn(exec, "command") ?? "";
    const version = textIn(exec, "apiVersion") ?? "";
    if (command === "") throw problem(env.at, "exec has no command");
    if (!known.test(version)) throw problem(env.at, `exec: apiVersion ${version} is not one that is known`);
    if (textIn(exec, "interactiveMode") === "Always") throw problem(env.at, "exec: there is nobody to interact with");
    const { args } = exec;
    this.#env = env;
    this.#command = /[\\/]/.test(command) && !isAbsolute(command) ? resolve(env.folder, command) : command;
    this.#args = Array.isArray(args) ? args.map(String) : [];
    const pairs = objectsIn(exec, "env").map((one) => [textIn(one, "name") ?? "", textIn(one, "value") ?? ""]);
    this.#variables = Object.fromEntries(pairs);
    this.#version = version;
  }

  async headers(): Promise<Readonly<Record<string, string>>> {
    const { token } = await this.#current();
    return token === undefined ? {} : bearer(token);
  }

  /** What is configured, with the certificate of the plug-in if it prints one; the same object until there is another. */
  async pem(configured: Pem): Promise<Pem> {
    const { certificate } = await this.#current();
    const { cert = configured.cert, key = configured.key } = certificate ?? {};
    if (this.#pem?.cert !== cert || this.#pem?.key !== key) this.#pem = { ca: configured.ca, cert, key };
    this.#pem ??= configured;
    return this.#pem;
  }

  /** Whatever it has been told: the next may be another. */
  async refused(): Promise<boolean> {
    const before = this.#printed;
    this.#printed = undefined;
    let now: Printed;
    try {
      now = await this.#current();
    } catch {
      // The next request will say so.
      return false;
    }
    const another = now.certificate?.cert !== before?.certificate?.cert;
    if (another) this.onCertificate?.();
    return another || now.token !== before?.token;
  }

  #current(): Promise<Printed> {
    const printed = this.#printed;
    if (printed !== undefined && this.#env.clock.wall() < printed.untilMs) return Promise.resolve(printed);
    this.#asking ??= this.#ask().finally(() => {
      this.#asking = undefined;
    });
    return this.#asking;
  }

  async #ask(): Promise<Printed> {
    const status = objectIn(await this.#run(), "status");
    const [token, cert, key] = ["token", "clientCertificateData", "clientKeyData"].map((field) =>
      nonEmpty(textIn(status, field)),
    );
    if (token === undefined && cert === undefined) throw this.#failure("it prints neither a token nor a certificate");
    if (token !== undefined && /[^\x21-\x7e]/.test(token)) throw this.#failure("what it prints is no token");
    if ((cert === undefined) !== (key === undefined)) throw this.#failure("a certificate needs its key");
    const expires = Date.parse(textIn(status, "expirationTimestamp") ?? "");
    const untilMs = Number.isNaN(expires) ? Number.POSITIVE_INFINITY : expires - EARLY_MS;
    const certificate = cert === undefined || key === undefined ? undefined : { cert, key };
    this.#printed = { token, certificate, untilMs };
    return this.#printed;
  }

  #run(): Promise<Json> {
    const info = { apiVersion: this.#version, kind: "ExecCredential", spec: { interactive: false } };
    const env = { ...this.#env.environment, ...this.#variables, KUBERNETES_EXEC_INFO: JSON.stringify(info) };
    const options = { env, timeout: EXEC_MS, maxBuffer: MAX_BYTES, killSignal: "SIGKILL", windowsHide: true } as const;
    return new Promise((done, fail) => {
      execFile(this.#command, this.#args, options, (error, stdout, stderr) => {
        if (error !== null) {
          const why =
            error.killed === true ? `it took more than ${EXEC_MS} ms` : `it failed (${error.code ?? error.signal})`;
          const said = stderr.trim().split("\n")[0] ?? "";
          fail(this.#failure(said === "" ? why : `${why}: ${said.slice(0, 200)}`));
          return;
        }
        try {
          const printed: unknown = JSON.parse(stdout);
          if (isObject(printed) && textIn(printed, "apiVersion") === this.#version) done(printed);
          else fail(this.#failure(`it prints no ExecCredential of ${this.#version}`));
        } catch (thrown) {
          fail(this.#failure(`what it prints is not JSON (${messageOf(thrown).slice(0, 40)})`));
        }
      });
    });
  }

  #failure(what: string): NamerError {
    return new NamerError("NAMER_UNAVAILABLE", `${this.#env.at}: exec ${this.#command}: ${what}`);
  }
}
