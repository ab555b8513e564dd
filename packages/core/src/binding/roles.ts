import type { BoundName } from "../names/name.js";
import type { NameTree } from "../names/nametree.js";
import type { Path } from "../names/path.js";
import type { PluginEnv } from "../source/env.js";
import type { Activity } from "../values/activity.js";
import type { InetResolver, Interpreter, MountedNamer, Namer } from "./namer.js";
import type { Telemeter, TelemeterEnv } from "./telemeter.js";
import type { Transformer } from "./transformer.js";

/** The validation interface of standardschema.dev, copied by structure so that core needs no package for it. */
export interface StandardSchema<out Output = unknown> {
  readonly "~standard": {
    readonly version: 1;
    readonly vendor: string;
    readonly validate: (value: unknown) => SchemaResult<Output> | Promise<SchemaResult<Output>>;
    /** Present only in types, to carry Output. */
    readonly types?: { readonly input: unknown; readonly output: Output } | undefined;
  };
}
export type SchemaResult<Output> =
  | { readonly value: Output; readonly issues?: undefined }
  | { readonly issues: readonly SchemaIssue[] };
export interface SchemaIssue {
  readonly message: string;
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
}

interface PluginBase<Role extends string, Config, Product, Env = PluginEnv> {
  readonly role: Role;
  /** The `kind:` under which a configuration names the plug-in, such as io.l5d.rancher. */
  readonly kind: string;
  /** Checks the entry of the configuration, without `kind`, `prefix`, `experimental` and `transformers`. Absent: no options. */
  readonly config?: StandardSchema<Config>;
  /** JSON Schema (2020-12) of the same, for editors; optional where the schema library can write it itself. */
  readonly jsonSchema?: object;
  /** Loads only when the configuration says `experimental: true`. */
  readonly experimental?: boolean;
  /** Must not start I/O: that begins with the first observer. */
  create(config: Config, env: Env): Product;
}

export interface NamerPlugin<Config = unknown> extends PluginBase<"namer", Config, Namer> {
  /** The prefix without /#, /<kind> by default. `null`: the configuration has to give one. */
  readonly defaultPrefix?: string | null;
}

/** A transformer may also bind a path, to put what it finds there in place of what was bound. */
export interface TransformerEnv extends PluginEnv {
  /**
   * Binds `path` with an empty dtab, through the namers of the configuration (each without its own transformers, so that no
   * transformer can come to ask itself) and then /$/. Whoever builds the configuration makes it: `createInterpreter({ namers,
   * inet }).bind(Dtab.empty, path)`. Lazy: nothing is looked up before somebody observes.
   */
  bind(path: Path): Activity<NameTree<BoundName>>;
}
export interface TransformerPlugin<Config = unknown>
  extends PluginBase<"transformer", Config, Transformer, TransformerEnv> {
  /** The prefix without /%, for these options; /<kind> by default. */
  defaultPrefix?(config: Config): string;
}

/** What an identifier sees of a request, whatever the protocol. Header names are matched without regard to case. */
export interface RequestHead {
  readonly method: string;
  /** The request target in origin form: path and query. */
  readonly target: string;
  readonly authority: string | undefined;
  /** "1.0", "1.1" or "2". */
  readonly version: string;
  header(name: string): string | undefined;
}
/** The name of a request, or why it has none. `target`, where given, replaces the request target (io.l5d.path consume). */
export type Identified = { readonly path: Path; readonly target?: string } | { readonly unidentified: string };
export interface Identifier {
  /**
   * A promise only where what it goes by is not known yet: most know at once, and requests need not wait then. What it throws, or
   * rejects with, is why the request has no name (400), unless its code begins with NAMER_: then it is the catalogue's fault (503).
   */
  identify(head: RequestHead): Identified | Promise<Identified>;
}
export interface IdentifierEnv extends PluginEnv {
  /** The router's dstPrefix, /svc by default; paths begin with it. */
  readonly dstPrefix: Path;
}
export interface IdentifierPlugin<Config = unknown>
  extends PluginBase<"identifier", Config, Identifier, IdentifierEnv> {}

export interface InterpreterEnv extends PluginEnv {
  /** In the order in which they are asked. */
  readonly namers: readonly MountedNamer[];
  readonly inet: InetResolver;
}
export interface InterpreterPlugin<Config = unknown>
  extends PluginBase<"interpreter", Config, Interpreter, InterpreterEnv> {}

export interface TelemeterPlugin<Config = unknown> extends PluginBase<"telemeter", Config, Telemeter, TelemeterEnv> {}

export type Plugin<Config = unknown> =
  | NamerPlugin<Config>
  | TransformerPlugin<Config>
  | IdentifierPlugin<Config>
  | InterpreterPlugin<Config>
  | TelemeterPlugin<Config>;

/** Types the options of a namer from its schema; what a module of a configuration's `plugins:` exports by default. */
export function defineNamer<Config>(plugin: Omit<NamerPlugin<Config>, "role">): NamerPlugin<Config> {
  return { role: "namer", ...plugin };
}
export function defineTransformer<Config>(plugin: Omit<TransformerPlugin<Config>, "role">): TransformerPlugin<Config> {
  return { role: "transformer", ...plugin };
}
export function defineIdentifier<Config>(plugin: Omit<IdentifierPlugin<Config>, "role">): IdentifierPlugin<Config> {
  return { role: "identifier", ...plugin };
}
export function defineInterpreter<Config>(plugin: Omit<InterpreterPlugin<Config>, "role">): InterpreterPlugin<Config> {
  return { role: "interpreter", ...plugin };
}
export function defineTelemeter<Config>(plugin: Omit<TelemeterPlugin<Config>, "role">): TelemeterPlugin<Config> {
  return { role: "telemeter", ...plugin };
}
