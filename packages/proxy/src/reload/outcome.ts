/** What has kept a configuration from being used: a problem of the file, or one that only shows when it is to run. */
export interface ReloadProblem {
  /** As the file was named; absent where the problem is none of the file's text. */
  readonly file?: string;
  /** 1-based. */
  readonly line?: number;
  /** 1-based. */
  readonly col?: number;
  /** Where in the document, such as `namers.0.maxWait`; empty for the document itself. */
  readonly path: string;
  /** Stable; of CONFIG_CODES, PROXY_ERROR_CODES, or the plug-in's. */
  readonly code: string;
  /** One sentence. Never holds the value of a secret. */
  readonly message: string;
  readonly hint?: string;
}

/** What became of things that have names: routers by label, namers by prefix, telemeters by kind. */
export interface Changes {
  /** Run on untouched. */
  readonly kept: readonly string[];
  /** The same name, another content. */
  readonly replaced: readonly string[];
  readonly added: readonly string[];
  readonly removed: readonly string[];
}

/** What a reload came to. Where it is not ok, everything runs on as it was. */
export type ReloadOutcome =
  | {
      readonly ok: true;
      readonly routers: Changes;
      readonly namers: Changes;
      readonly telemeters: Changes;
      /** What in the new configuration has no effect before a restart. */
      readonly warnings: readonly string[];
    }
  | { readonly ok: false; readonly problems: readonly ReloadProblem[] };
