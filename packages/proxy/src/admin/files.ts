import { readFile } from "node:fs/promises";
import type { AdminPage } from "./answer.js";

const types = { css: "text/css", js: "text/javascript", svg: "image/svg+xml" } as const;
export const files = [
  "admin.css",
  "dashboard.js",
  "delegation.js",
  "delegator.js",
  "details.js",
  "dom.js",
  "format.js",
  "icon.svg",
  "logging.js",
  "router-card.js",
  "row-table.js",
  "sparkline.js",
  "tile.js",
] as const;

/** What the pages in a browser are made of, under /files/ and /admin/files/, as in Linkerd. Nothing else of the folder is served. */
export function filePages(): readonly AdminPage[] {
  const all = files.flatMap((name) => [page(`/files/${name}`, name), page(`/admin/files/${name}`, name)]);
  return [...all, page("/favicon.ico", "icon.svg")];
}

function page(path: string, name: (typeof files)[number]): AdminPage {
  // Beside src and dist alike.
  const file = new URL(`../../page/${name}`, import.meta.url);
  const type = `${types[name.slice(name.lastIndexOf(".") + 1) as keyof typeof types]}; charset=utf-8`;
  const handle = async () => ({ status: 200, type, body: await readFile(file, "utf8") });
  return { path, methods: ["GET"], about: undefined, handle };
}
