import { execFile } from "node:child_process";
import { isAbsolute, resolve } from "node:path";
import { type Clock, messageOf, NamerError } from "@namerkit/core";
import type { Credentials } from "@namerkit/watch";
import { isObject, type Json, objectIn, objectsIn, textIn } from "../objects/fields.js";
import { problem } from "./kubeconfig.js";
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

/**
 * A token that a command prints: asked for when it is needed, once for all who need it, and again when it has expired or is refused.
 * https://kubernetes.io/docs/reference/access-authn-authz/authentication/#client-go-credential-plugins
 */
export class ExecCredentials implements Credentials {
  readonly #env: ExecEnv;
  readonly #command: string;
  readonly #args: readonly string[];
  readonly #variables: Readonly<Record<string, string>>;
  readonly #version: string;
  #token: { readonly text: string; readonly untilMs: number } | undefined;
  #asking: Promise<string> | undefined;

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
    const token = this.#token;
    if (token !== undefined && this.#env.clock.wall() < token.untilMs) return bearer(token.text);
    this.#asking ??= this.#ask().finally(() => {
      this.#asking = undefined;
    });
    return bearer(await this.#asking);
  }

  /** Whatever it has been told: the next may be another. */
  async refused(): Promise<boolean> {
    const before = this.#token?.text;
    this.#token = undefined;
    try {
      await this.headers();
    } catch {
      // The next request will say so.
      return false;
    }
    const { text } = this.#token ?? ({} as { readonly text?: string });
    return text !== undefined && text !== before;
  }

  async #ask(): Promise<string> {
    const printed = await this.#run();
    const status = objectIn(printed, "status");
    const token = textIn(status, "token");
    if (token === undefined || token === "" || /[^\x21-\x7e]/.test(token)) {
      throw this.#failure("it prints no token (client certificates of plug-ins are not built yet)");
    }
    const expires = Date.parse(textIn(status, "expirationTimestamp") ?? "");
    const untilMs = Number.isNaN(expires) ? Number.POSITIVE_INFINITY : expires - EARLY_MS;
    this.#token = { text: token, untilMs };
    return token;
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
