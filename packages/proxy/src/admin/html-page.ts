import { escapeHtml } from "@namerkit/core";
import type { AdminAnswer, AdminContent, AdminPage } from "./answer.js";

/** For every HTML page that does not bring its own: nothing from elsewhere, nothing inline. A name that got into a page as HTML could still do nothing. */
export const policy =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; " +
  "base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

/** A page of the admin server for people, with the navigation that leads from it to the others. Links are relative, for proxies in between. */
export function htmlPage(content: AdminContent, here: string, pages: readonly AdminPage[]): AdminAnswer {
  const up = "../".repeat(Math.max(0, here.split("/").length - 2));
  const items = pages.flatMap(({ path, navigation }) => {
    if (navigation === undefined) return [];
    const current = path === here ? ' aria-current="page"' : "";
    return `<a href="${up}${escapeHtml(path.slice(1)) || "./"}"${current}>${escapeHtml(navigation)}</a>`;
  });
  const script = content.script && `\n<script type="module" src="${up}files/${content.script}"></script>`;
  const body = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(content.title)} · Namerkit</title>
<link rel="icon" type="image/svg+xml" href="${up}files/icon.svg">
<link rel="stylesheet" href="${up}files/admin.css">${script ?? ""}
</head>
<body>
<a class="skip" href="#main">To the content</a>
<header><a class="brand" href="${up || "./"}"><img src="${up}files/icon.svg" alt="" width="24" height="24">Namerkit</a>
<nav aria-label="Admin pages">${items.join("\n")}</nav></header>
<main id="main" tabindex="-1">
${content.body}
</main>
</body>
</html>
`;
  return { status: 200, type: "text/html; charset=utf-8", body };
}
