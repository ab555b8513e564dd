import { escapeHtml } from "@namerkit/core";
import { type AdminAnswer, type AdminPage, type AdminRequest, text } from "./answer.js";

function list({ pages }: AdminRequest): AdminAnswer {
  const paths = listed(pages).map(({ path }) => path);
  return text(200, `${paths.join("\n")}\n`);
}

/** /admin and /admin/index.txt: the address of every page, one a line. /help: what they are for. */
export const listPages: readonly AdminPage[] = [
  { path: "/admin", methods: ["GET"], about: "the addresses of all pages, one a line", handle: list },
  { path: "/admin/index.txt", methods: ["GET"], about: "the same", handle: list },
  {
    path: "/help",
    methods: ["GET"],
    about: "what each page is for",
    navigation: "Help",
    handle: (request) => request.page({ title: "Help", body: help(listed(request.pages)) }),
  },
];

function listed(pages: readonly AdminPage[]): readonly AdminPage[] {
  const known = pages.filter((page) => page.about !== undefined);
  return known.toSorted((a, b) => (a.path < b.path ? -1 : 1));
}

function help(pages: readonly AdminPage[]): string {
  const rows = pages.map(({ path, prefix, methods, about }) => {
    const readable = methods.includes("GET") && prefix !== true;
    const shown = `<code>${escapeHtml(path)}${prefix === true ? "…" : ""}</code>`;
    const link = readable ? `<a href="${escapeHtml(path === "/" ? "./" : path.slice(1))}">${shown}</a>` : shown;
    return `<tr><td>${link}</td><td>${methods.join(", ")}</td><td>${escapeHtml(about ?? "")}</td></tr>`;
  });
  return `<h1>Help</h1>
<section class="card prose">
<h2>How a request finds its way</h2>
<p>An identifier gives a request a name, such as <code>/svc/web</code>: its <em>service</em>. The dtab of the router rewrites that name
until a namer knows it: that is the <em>client</em>, such as <code>/#/io.l5d.rancher/http/shop/web</code>, whose addresses come from a
catalogue and are balanced over. The <a href="delegator">dtab playground</a> shows each step for any name, and changes nothing.</p>
<h2>Reading the dashboard</h2>
<dl class="wide">
<dt>Success</dt><dd>of the requests of the last second or so, as the response classifier sees them; all of a router, a service or a client</dd>
<dt>Endpoints</dt><dd>those that may be used, of those that there are: failure accrual takes out what fails, and probes it</dd>
<dt>Latency</dt><dd>in milliseconds, of the last one to two minutes; p99: one request in a hundred takes longer</dd>
<dt>Retries</dt><dd>attempts beyond the first, which a budget keeps to a share of the requests</dd>
</dl>
<h2>Pages</h2>
<div class="scroll"><table><thead><tr><th scope="col">Address</th><th scope="col">Methods</th><th scope="col">What it is for</th></tr></thead>
<tbody>${rows.join("\n")}</tbody></table></div>
<p class="hint">Which of them answer is up to <code>admin.security</code> in the configuration; those that do not are not listed.</p>
</section>`;
}
