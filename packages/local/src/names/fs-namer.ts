import { statSync } from "node:fs";
import { resolve } from "node:path";
import {
  Activity,
  type Endpoint,
  type Found,
  Name,
  type Namer,
  NamerError,
  NameTree,
  Path,
  type PluginEnv,
  type WatchContext,
  watchAll,
} from "@namerkit/core";
import { errorOf, type TreeSnapshot } from "../folder/file-tree.js";
import type { WatchFolder } from "../folder/folder-events.js";
import { watchTree } from "../folder/watch-tree.js";
import type { FsConfig } from "./fs-config.js";
import { type ReadLines, readLines } from "./read-lines.js";

/** As Linkerd's. */
const maxBytes = 500 * 1024;
const maxFiles = 100_000;
/** Of a path, how many elements may be folders and file. */
const maxElements = 16;

type Tree = TreeSnapshot<ReadLines>;
type NamerEnv = Pick<
  PluginEnv,
  "prefix" | "clock" | "random" | "log" | "metrics" | "baseDir" | "inet" | "files" | "shutdown"
> & { readonly watchFolder?: WatchFolder | undefined };

const neg: Activity<NameTree<Name>> = Activity.value(NameTree.neg);

/**
 * Names in files: `/web` is the file `web`, `/prod/web` the file `web` in the folder `prod`. What follows the file is the residual.
 * One watch for the whole folder, however many names are observed.
 *
 * @throws NamerError NAMER_CONFIG if `rootDir` is no directory, unless there is a `snapshotFile`
 */
export function createFsNamer({ rootDir, source }: FsConfig, env: NamerEnv): Namer {
  const root = resolve(env.baseDir, rootDir);
  // What was known the last time may stand in for a folder that is not there yet.
  if (source.snapshotFile === undefined && !statSync(root, { throwIfNoEntry: false })?.isDirectory()) {
    throw new NamerError("NAMER_CONFIG", `rootDir: ${root} is not a directory`);
  }
  return new FsNamer(root, source, env);
}

class FsNamer implements Namer {
  readonly #prefix: Path;
  /** A file's whole name is one element to it, slashes included. */
  readonly #files: Namer;

  constructor(root: string, options: FsConfig["source"], env: NamerEnv) {
    this.#prefix = env.prefix;
    this.#files = watchAll<"file", Tree>(env, {
      segments: ["file"],
      // A file is looked for soon after it has come back: that asks nobody but this machine.
      options: { ...options, backoff: { capMs: 2_000 } },
      watch: (context) => watchFiles(root, env, context),
      pick,
      names: ({ files }) => namesIn(files),
      state: stateOf,
    });
  }

  /** A name is the first part of the path that is a file: what is a file has nothing below it. */
  lookup(path: Path): Activity<NameTree<Name>> {
    let tree = neg;
    for (const consumed of candidates(path).reverse()) {
      const longer = tree;
      tree = this.#file(path, consumed).flatMap((found) => (found.type === "neg" ? longer : Activity.value(found)));
    }
    return tree;
  }

  statusOf(path: Path): ReturnType<NonNullable<Namer["statusOf"]>> {
    return this.#files.statusOf?.(path.take(1)) as ReturnType<NonNullable<Namer["statusOf"]>>;
  }

  enumerate(): Activity<readonly Path[]> {
    const names = this.#files.enumerate?.() ?? Activity.value([]);
    return names.map((paths) => paths.map((path) => Path.of(...path.at(0).split("/"))));
  }

  state(): unknown {
    return this.#files.state?.();
  }

  #file(path: Path, consumed: number): Activity<NameTree<Name>> {
    const taken = path.take(consumed);
    const file = Array.from({ length: consumed }, (_, i) => taken.at(i)).join("/");
    const id = this.#prefix.concat(taken);
    const residual = path.drop(consumed);
    const named = (name: Name): Name => (name.type === "bound" ? Name.bound(id, residual, name.addr) : name);
    return this.#files.lookup(Path.of(file)).map((found) => NameTree.map(found, named));
  }
}

/** How many elements could be a file's name, fewest first. */
function candidates(path: Path): number[] {
  const most = Math.min(path.size, maxElements);
  const all: number[] = [];
  for (let i = 0; i < most; i++) {
    const element = path.elements[i];
    // Bytes that are no text, and what would lead out of the folder, or to what is skipped in it.
    if (typeof element !== "string" || element === "" || element === "." || element.startsWith("..")) break;
    if (/[/\\\0]/.test(element)) break;
    all.push(i + 1);
  }
  return all;
}

async function* watchFiles(root: string, env: NamerEnv, context: WatchContext): AsyncGenerator<Tree, never, undefined> {
  const make = (text: string, name: string): ReadLines => {
    const read = readLines(text);
    if (read.wrong.length > 0) context.count("skipped", read.wrong.length);
    for (const { line, why } of read.wrong.slice(0, 3)) env.log.warn({ file: name, line }, `${name}:${line}: ${why}`);
    return read;
  };
  let told: Tree["unreadable"] = new Map();
  for await (const tree of watchTree(env, { root, make, maxBytes, maxFiles }, context)) {
    for (const [name, error] of tree.unreadable) if (!told.has(name)) env.log.warn({ file: name }, error.message);
    told = tree.unreadable;
    yield tree;
  }
  throw new NamerError("NAMER_UNAVAILABLE", `${root}: the watch has ended`);
}

function pick({ files, unreadable }: Tree, { file }: { readonly file: string }): Found {
  const read = files.get(file);
  const error = errorOf(file, unreadable);
  if (read === undefined && error !== undefined) throw error;
  if (read === undefined) return undefined;
  const [first] = read.wrong;
  // A file in which nothing is right is more likely a mistake than an empty one.
  if (read.endpoints.length === 0 && first !== undefined) {
    throw new NamerError("NAMER_ANSWER", `${file}:${first.line}: ${first.why}`);
  }
  return read.endpoints;
}

function* namesIn(files: Tree["files"]): Iterable<readonly string[]> {
  for (const [name, { endpoints }] of files) if (endpoints.length > 0) yield [name];
}

function stateOf({ files, unreadable }: Tree): unknown {
  return {
    files: Object.fromEntries(
      Array.from(files, ([name, { endpoints, wrong }]) => [
        name,
        { addresses: endpoints.map(shown), ...(wrong.length > 0 && { wrong }) },
      ]),
    ),
    ...(unreadable.size > 0 && { unreadable: Object.fromEntries([...unreadable].map(([n, e]) => [n, e.message])) }),
  };
}

function shown(one: Endpoint): string {
  const host = "ip" in one ? one.ip : one.host;
  const place = `${host.includes(":") ? `[${host}]` : host}:${one.port}`;
  return one.weight === 1 ? place : `${place} * ${one.weight}`;
}
