import { readdirSync, readFileSync } from "node:fs";
import { type Addr, type Closable, Path, type State, systemClock } from "@namerkit/core";
import { testEnv } from "@namerkit/core/testing";

import { until } from "@namerkit/testing";
import { mswDispatcher } from "@namerkit/testing/msw";
import { HttpResponse, http } from "msw";
import { describe, expect, it } from "vitest";
import { type RancherOptions, rancherNamer } from "./index.js";

/** An answer of a real rancher-metadata, to the letter. */
interface Recording {
  readonly request: { readonly path: string; readonly headers: Readonly<Record<string, string>> };
  readonly response: {
    readonly status: number;
    readonly headers: Readonly<Record<string, string>>;
    readonly body: string;
  };
}

const folder = new URL("../../../mock-metadata/src/fixtures/", import.meta.url);
const names = readdirSync(folder).filter((name) => name.endsWith(".json"));
const recordings = new Map<string, Recording>(
  names.map((name) => [name.replace(/\.json$/, ""), JSON.parse(readFileSync(new URL(name, folder), "utf8"))]),
);

function replay(name: string): Response {
  const recording = recordings.get(name);
  if (recording === undefined) throw new Error(`there is no recording ${name}`);
  const { status, headers, body } = recording.response;
  const { "Content-Length": _, "Transfer-Encoding": __, ...rest } = headers;
  return new HttpResponse(body, { status, headers: rest });
}

type Part = "version" | "containers" | "services" | "hosts";

/** A namer whose catalogue answers with recordings; what has none is not there. Polls are held. */
function namer(parts: Partial<Record<Part, string>>, options: RancherOptions) {
  const handler = http.get("*", ({ request }) => {
    const url = new URL(request.url);
    if (url.searchParams.get("wait") === "true") return new Promise<never>(() => {});
    const name = parts[url.pathname.split("/").at(-1) as Part];
    return name === undefined ? new HttpResponse("Not found\n", { status: 404 }) : replay(name);
  });
  const env = { ...testEnv({ prefix: Path.parse("/#/r") }), clock: systemClock, dispatcher: mswDispatcher([handler]) };
  return rancherNamer({ allowLoopback: true, firstAnswerMs: 20, ...options }, env);
}

/** Sorted `ip:port`, or what there is instead. */
async function settle(
  parts: Partial<Record<Part, string>>,
  path: string,
  options: RancherOptions = {},
): Promise<string> {
  let said = "pending";
  let leaf: Closable | undefined;
  const tell = (addr: Addr): void => {
    said =
      addr.type === "bound"
        ? addr.addresses
            .map(({ ip, port }) => `${ip}:${port}`)
            .sort()
            .join(" ")
        : addr.type;
  };
  const handle = namer(parts, options)
    .lookup(Path.parse(path))
    .run.observe((state: State<unknown>) => {
      leaf?.close();
      if (state.status === "failed") said = `failed: ${state.error.code}`;
      if (state.status !== "ok") return;
      const tree = state.value as { type: string; value?: { addr: { observe(fn: (addr: Addr) => void): Closable } } };
      if (tree.type === "leaf") leaf = tree.value?.addr.observe(tell);
      else said = tree.type;
    });
  await until(() => said !== "pending", { what: `an answer for ${path}` });
  leaf?.close();
  handle.close();
  return said;
}

const whole = {
  version: "version-text",
  containers: "containers-json",
  services: "services-json",
  hosts: "hosts-json",
};

describe("what a real rancher-metadata has answered", () => {
  it.each([
    ["2016-07-29", whole],
    ["2015-12-19", { ...whole, containers: "containers-2015-12-19", services: "services-2015-12-19" }],
    ["2015-07-25", { ...whole, containers: "containers-2015-12-19", services: "services-2015-07-25" }],
  ] as const)("is understood in version %s", async (apiVersion, parts) => {
    const find = (path: string, options: RancherOptions = {}) => settle(parts, path, { apiVersion, ...options });
    // Of three, one is unhealthy and one has not started; of a fourth container nobody knows the service.
    expect(await find("/http/default/web")).toBe("127.0.0.21:80");
    expect(await find("/http/DEFAULT/Web", { useHealthCheck: false })).toBe("127.0.0.21:80 127.0.0.22:80");
    expect(await find("/8080/default/db")).toBe("127.0.0.99:8080");
    expect(await find("/http/default/nosuch")).toBe("neg");
    // Both are published at port 8080 of their hosts.
    const published = await find("/80/default/web", { useHealthCheck: false, publishedPorts: true });
    expect(published).toBe("127.0.0.11:8080 127.0.0.12:8080");
  });

  it.each(["version-json", "version-2015", "long-poll-change", "long-poll-old-value", "long-poll-timeout"])(
    "%s is a version, quotes or not",
    async (version) => expect(await settle({ ...whole, version }, "/80/default/web")).toBe("127.0.0.21:80"),
  );

  it.each([...recordings.keys()])(
    "%s instead of the containers loses no name but by being a list without it",
    async (name) => {
      const said = await settle({ ...whole, containers: name }, "/80/default/web", { useHealthCheck: false });
      if (!isList(name)) expect(said).toMatch(/^failed: NAMER_(UNAVAILABLE|ANSWER|REFUSED)$/);
      else expect(said).toMatch(/^(neg|127\.0\.0\.21:80.*)$/);
    },
  );

  it.each([...recordings.keys()].filter((name) => !isList(name) && recordings.get(name)?.response.status === 200))(
    "%s instead of the services or the hosts is no answer",
    async (name) => {
      expect(await settle({ ...whole, services: name }, "/80/default/web")).toMatch(/^failed: NAMER_/);
      expect(await settle({ ...whole, hosts: name }, "/80/default/web")).toMatch(/^failed: NAMER_/);
    },
  );

  it.each(["no-answers-404", "not-found-json", "not-found-text", "invalid-version-404", "long-poll-missing-key"])(
    "%s instead of the version is an outage",
    async (version) => expect(await settle({ ...whole, version }, "/80/default/web")).toBe("failed: NAMER_UNAVAILABLE"),
  );
});

function isList(name: string): boolean {
  const recording = recordings.get(name);
  if (recording?.response.status !== 200) return false;
  try {
    return Array.isArray(JSON.parse(recording.response.body));
  } catch {
    return false;
  }
}
