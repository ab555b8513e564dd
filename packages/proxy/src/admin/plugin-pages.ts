import type { Logger, PluginPage } from "@namerkit/core";
import { absentPages } from "./absent-pages.js";
import type { AdminPage } from "./answer.js";
import { filePages } from "./files.js";
import { listPages } from "./list-pages.js";
import { serverInfoPage } from "./server-info.js";

/** What the admin server has whatever it serves: what needs nothing but the list of all pages. */
export const standingPages: readonly AdminPage[] = [...filePages(), serverInfoPage, ...absentPages, ...listPages];

/**
 * The pages that plug-ins bring. One whose path is taken, or is none, is left out with a warning: a plug-in does not get to stand in
 * front of /admin/shutdown.
 */
export class PluginPages {
  readonly #log: Logger;
  /** A page is warned of once. */
  readonly #warned = new WeakSet<PluginPage>();

  constructor(log: Logger) {
    this.#log = log;
  }

  behind(own: readonly AdminPage[], brought: readonly PluginPage[]): readonly AdminPage[] {
    const taken = [...own, ...standingPages];
    const served: AdminPage[] = [];
    for (const page of brought) {
      const why = whyNot(page.path, taken);
      if (why !== undefined) {
        this.#warn(page, why);
        continue;
      }
      const made = { ...page, methods: ["GET"], handle: page.handle.bind(page) };
      taken.push(made);
      served.push(made);
    }
    return served;
  }

  #warn(page: PluginPage, why: string): void {
    if (this.#warned.has(page)) return;
    this.#warned.add(page);
    this.#log.warn({ path: page.path }, `a plug-in's admin page ${page.path} is not served: ${why}`);
  }
}

function whyNot(path: string, taken: readonly AdminPage[]): string | undefined {
  if (!path.startsWith("/")) return "its path does not begin with /";
  const there = taken.some((one) => (one.prefix === true ? path.startsWith(one.path) : one.path === path));
  return there ? "there is one of this path already" : undefined;
}
