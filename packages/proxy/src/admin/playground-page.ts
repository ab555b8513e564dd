import { escapeHtml } from "@namerkit/core";
import type { AdminPage } from "./answer.js";
import type { DelegatorRouter } from "./delegator-page.js";

/** /delegator: how names are resolved, for people; by /delegator.json, and with a dtab that nobody but the page knows of. */
export function playgroundPage(routers: () => readonly DelegatorRouter[]): AdminPage {
  return {
    path: "/delegator",
    methods: ["GET"],
    about: "a playground for dtabs: how any name is resolved; ?router=http&path=/svc/web",
    navigation: "Dtab",
    handle: (request) => {
      const known = routers();
      const asked = request.query.get("router") ?? request.query.get("namespace");
      const options = known.map(({ label, dtab }) => {
        const entries = dtab.entries.map((entry) => `${entry.show()};`).join("\n");
        const selected = label === asked ? " selected" : "";
        return `<option value="${escapeHtml(label)}" data-dtab="${escapeHtml(entries)}"${selected}>${escapeHtml(label)}</option>`;
      });
      return request.page({ title: "Dtab playground", body: body(options.join("")), script: "delegator.js" });
    },
  };
}

function body(routers: string): string {
  return `<h1>Dtab playground</h1>
<p class="hint">Shows how a router resolves a name. Nothing that is changed here reaches the router.</p>
<noscript><p class="problem">This page needs JavaScript. <a href="delegator.json?path=/svc/web">/delegator.json</a> does not.</p></noscript>
<form id="ask" class="card ask">
<div class="controls">
<label>Router <select name="router">${routers}</select></label>
<label class="grow">Name <input name="path" value="/svc/" autocomplete="off" autocapitalize="off" spellcheck="false" required aria-describedby="problem"></label>
<button type="submit" class="primary">Go</button>
</div>
<label class="block">Dtab of the playground
<textarea name="dtab" rows="6" spellcheck="false" autocapitalize="off" aria-describedby="dtab-hint"></textarea></label>
<div class="controls"><button type="submit">Apply</button><button type="button" id="reset">Back to the router’s own</button>
<span id="dtab-hint" class="hint">Later entries come first. Ctrl+Enter applies.</span></div>
</form>
<p id="problem" class="problem" role="alert" hidden></p>
<section id="answer" aria-live="polite" aria-label="How it is resolved"></section>`;
}
