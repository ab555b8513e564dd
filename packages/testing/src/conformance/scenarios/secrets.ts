import { inspect } from "node:util";
import { answer } from "../../faulty/answers.js";
import type { Behaviour, SeenRequest } from "../../faulty/behaviour.js";
import { wrongStatus } from "../../faulty/shapes.js";
import type { Scenario } from "../scenario.js";
import type { World } from "../world.js";

/** A credential goes to the catalogue, and nowhere else. */
export const secrets: readonly Scenario[] = [
  {
    id: "secrets.nowhere",
    group: "secrets",
    title:
      "the credential is sent, and is in no error, log line, status, state or metric, even if the server repeats it",
    users: "tokens would end up in log archives, on dashboards and in the error bodies that clients are sent",
    mend: "keep it out of what is asked (`request`) and out of errors; clean what is quoted of an answer (@namerkit/watch does)",
    needs: ["network", "secret"],
    async run(world) {
      const secret = world.subject.secret ?? "";
      const forms = formsOf(secret);
      await world.put("web", 1);
      const seen = world.see();
      await world.has(seen, [1]);
      const sent = world.gate?.requests.some(({ url, headers }) => leaks(`${url}\n${inspect(headers)}`, forms));
      world.must(
        sent === true,
        "the secret in a request",
        "none: is it configured in `create`, and is it what is sent?",
      );
      look(world, forms, "while all is well");
      for (const [name, script] of Object.entries(repeating)) {
        await world.gate?.begin(name, { script: () => script, first: "either" });
        world.see("api");
        await world.pass(12_000);
        look(world, forms, `while the server answers with ${name}, and repeats what it was sent`);
        await world.gate?.heal();
        await world.pass(12_000);
      }
      await world.lose();
      await world.pass(10_000);
      look(world, forms, "while nobody listens");
    },
  },
];

const repeating: Readonly<Record<string, (request: SeenRequest) => Behaviour>> = {
  "401": (request) => wrongStatus(401, { body: heard(request) }),
  "403": (request) => wrongStatus(403, { body: heard(request) }),
  "500": (request) => wrongStatus(500, { body: heard(request) }),
  "a page": (request) => answer(`<html>${heard(request)}</html>`, { headers: { "content-type": "text/html" } }),
  "a redirect": (request) => answer("", { status: 302, headers: { location: `http://127.0.0.1:1${request.url}` } }),
};

function heard({ url, headers }: SeenRequest): string {
  return `you said ${url} and ${Object.entries(headers).map(([name, value]) => `${name}: ${value}`)}`;
}

/** As it is, and as it may be written in a URL or a header. */
function formsOf(secret: string): readonly string[] {
  const bytes = Buffer.from(secret);
  return [secret, encodeURIComponent(secret), encodeURI(secret), bytes.toString("base64"), bytes.toString("base64url")];
}

function leaks(text: string, forms: readonly string[]): boolean {
  return forms.some((form) => text.includes(form));
}

/** Everywhere that people and machines look at. */
function look(world: World, forms: readonly string[], when: string): void {
  const places: Readonly<Record<string, unknown>> = {
    log: world.log.lines,
    state: world.namer.state?.(),
    metrics: world.metrics.snapshot(),
    status: world.observed.map((seen) => seen.status),
    errors: world.observed.flatMap((seen) => seen.states.map((state) => (state.status === "failed" ? state.error : 0))),
  };
  for (const [place, what] of Object.entries(places)) {
    const text = inspect(what, { depth: 20, maxArrayLength: null, maxStringLength: null });
    const at = forms.map((form) => text.indexOf(form)).find((found) => found >= 0);
    if (at === undefined) continue;
    world.fall(`no secret in ${place} ${when}`, `...${text.slice(Math.max(0, at - 200), at)}<the secret>`);
  }
}
