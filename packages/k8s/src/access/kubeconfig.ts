import { existsSync, readFileSync } from "node:fs";
import { delimiter, dirname, join, resolve } from "node:path";
import { messageOf, NamerError } from "@namerkit/core";
import { parse } from "yaml";
import { isObject, type Json, objectIn, objectsIn, textIn } from "../objects/fields.js";

export interface KubeconfigEnv {
  readonly baseDir: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** A cluster, or a user, as it stands in a kubeconfig; files in it are absolute. */
export interface Entry {
  readonly fields: Json;
  /** Of the file that it is in. */
  readonly folder: string;
  /** For people, such as `users[admin]`. */
  readonly at: string;
}

export interface Context {
  readonly cluster: Entry;
  /** Undefined: nobody in particular. */
  readonly user: Entry | undefined;
  readonly shown: string;
}

interface Loaded {
  readonly file: string;
  readonly json: Json;
}

/**
 * The context that a kubeconfig names, or `name`. Several files, in one text as in KUBECONFIG, are merged as kubectl does: of things with
 * the same name the first one counts. An empty text means KUBECONFIG, or ~/.kube/config.
 * https://kubernetes.io/docs/concepts/configuration/organize-cluster-access-kubeconfig/
 *
 * @throws NamerError NAMER_CONFIG that says which file, and what is missing
 */
export function contextOf(files: string, name: string | undefined, env: KubeconfigEnv): Context {
  const loaded = filesOf(files, env).map(load);
  const from = loaded.map(({ file }) => file).join(", ");
  const current = name ?? first(loaded, ({ json }) => nonEmpty(textIn(json, "current-context")));
  if (current === undefined) throw problem(from, "there is no current-context, and no `context` is given");
  const context = named(loaded, "contexts", "context", current);
  if (context === undefined) throw problem(from, `there is no context ${current}`);
  const cluster = textIn(context.fields, "cluster");
  const user = nonEmpty(textIn(context.fields, "user"));
  const found = cluster === undefined ? undefined : named(loaded, "clusters", "cluster", cluster);
  if (found === undefined) throw problem(from, `context ${current}: there is no cluster ${cluster ?? "in it"}`);
  const who = user === undefined ? undefined : named(loaded, "users", "user", user);
  if (user !== undefined && who === undefined) throw problem(from, `context ${current}: there is no user ${user}`);
  return { cluster: found, user: who, shown: `context ${current} of ${from}` };
}

/** As kubectl: a file of KUBECONFIG that is not there is passed over, one that is named here is not. */
function filesOf(text: string, { baseDir, environment }: KubeconfigEnv): readonly string[] {
  const split = (all: string): string[] => all.split(delimiter).filter((one) => one !== "");
  if (text !== "") return split(text).map((file) => resolve(baseDir, expanded(file, environment)));
  const { KUBECONFIG = "", HOME = "" } = environment;
  const files = KUBECONFIG === "" ? [join(HOME, ".kube", "config")] : split(KUBECONFIG);
  const there = files.map((file) => resolve(file)).filter((file) => existsSync(file));
  if (there.length > 0) return there;
  throw new NamerError("NAMER_CONFIG", `kubeconfig: there is none: ${files.join(", ")}`);
}

function expanded(file: string, { HOME = "" }: Readonly<Record<string, string | undefined>>): string {
  return file.startsWith("~/") ? join(HOME, file.slice(2)) : file;
}

function load(file: string): Loaded {
  let json: unknown;
  try {
    json = parse(readFileSync(file, "utf8"), { maxAliasCount: 100 });
  } catch (thrown) {
    // What the parser quotes may be a token.
    const why = messageOf(thrown).split("\n")[0] ?? "";
    throw problem(file, /ENOENT|EACCES|EISDIR/.test(why) ? why : "it is not YAML");
  }
  if (!isObject(json)) throw problem(file, "it holds no configuration");
  return { file, json };
}

function named(all: readonly Loaded[], list: string, field: string, name: string): Entry | undefined {
  return first(all, ({ file, json }) => {
    const found = objectsIn(json, list).find((one) => textIn(one, "name") === name);
    return found && { fields: objectIn(found, field), folder: dirname(file), at: `${file}: ${list}[${name}]` };
  });
}

function first<A, B>(all: readonly A[], find: (one: A) => B | undefined): B | undefined {
  for (const one of all) {
    const found = find(one);
    if (found !== undefined) return found;
  }
  return undefined;
}

export function nonEmpty(text: string | undefined): string | undefined {
  return text === "" ? undefined : text;
}

export function problem(where: string, what: string): NamerError {
  return new NamerError("NAMER_CONFIG", `kubeconfig: ${where}: ${what}`);
}
