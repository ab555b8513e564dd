import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { TestFolder } from "../support/folder.js";
import { root } from "../support/paths.js";
import { runToEnd } from "../support/process.js";

const npm = process.platform === "win32" ? "npm.cmd" : "npm";

// An author's project: a namer for an HTTP catalogue of his own, the catalogue in a few lines, and a test of one line.

const namer = `import { address, NamerError, watchEach } from "@namerkit/core";
import { Http } from "@namerkit/watch";

export const acmeNamer = (at, options, env, emptyOnFailure = false) =>
  watchEach(env, {
    segments: ["service"],
    options,
    reject: ({ service }) => (/^[a-z]+$/.test(service) ? undefined : "neg"),
    async *watch({ service }, { signal, request, count }) {
      const http = new Http(env);
      signal.addEventListener("abort", () => http.close(), { once: true });
      const url = "http://" + at.host + ":" + at.port + "/services/" + service;
      for (;;) {
        request("GET " + url);
        try {
          const answer = await http.request(url, { signal, expect: [404] });
          yield answer.status === 404 ? undefined : read(answer.json(), count);
        } catch (error) {
          if (!emptyOnFailure) throw error;
          yield [];
        }
      }
    },
  });

function read(answer, count) {
  if (!Array.isArray(answer?.instances)) throw new NamerError("NAMER_ANSWER", "not a list of instances");
  return answer.instances.flatMap((one) => {
    if (typeof one?.ip === "string" && typeof one.port === "number") return [address(one.ip, one.port)];
    count("skipped");
    return [];
  });
}
`;

const backend = `import { createServer } from "node:http";

export async function catalogue() {
  const services = new Map();
  const server = createServer((request, response) => {
    const instances = services.get(request.url.split("/").at(-1));
    response.writeHead(instances === undefined ? 404 : 200, { "content-type": "application/json" });
    response.end(instances === undefined ? "" : JSON.stringify({ instances, future: true }));
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    port: server.address().port,
    put: (service, endpoints) => void services.set(service, endpoints),
    remove: (service) => void services.delete(service),
    touch: () => {},
    addOdd: (service) => void services.get(service)?.push({ ip: null }),
    addUnknown: () => {},
    close: () => new Promise((resolve) => { server.closeAllConnections(); server.close(resolve); }),
  };
}
`;

const test = (broken: boolean) => `import { describeNamer } from "@namerkit/testing/conformance";
import { catalogue } from "./catalogue.mjs";
import { acmeNamer } from "./acme-namer.mjs";

describeNamer("io.acme.catalogue", {
  backend: catalogue,
  create: (at, options, env) => acmeNamer(at, options, env, ${broken}),
  path: (service) => "/" + service,
  declines: { secret: "it takes none" },
});
`;

let author: TestFolder;

beforeAll(async () => {
  author = await TestFolder.make();
  await using packed = await TestFolder.make();
  const filters = ["@namerkit/core", "@namerkit/watch", "@namerkit/testing"].flatMap((name) => ["--filter", name]);
  const done = await runToEnd("pnpm", ["--recursive", ...filters, "pack", "--pack-destination", packed.path], {
    cwd: root,
  });
  expect(done.code, done.stderr + done.stdout).toBe(0);
  const tarballs = (await readdir(packed.path)).map((name) => join(packed.path, name));
  const { version } = JSON.parse(await readFile(join(root, "node_modules", "vitest", "package.json"), "utf8"));
  await author.write("package.json", JSON.stringify({ name: "an-author", private: true, type: "module" }));
  const install = await runToEnd(npm, ["install", "--no-audit", "--no-fund", ...tarballs, `vitest@${version}`], {
    cwd: author.path,
  });
  expect(install.code, install.stderr + install.stdout).toBe(0);
  await author.write("acme-namer.mjs", namer);
  await author.write("catalogue.mjs", backend);
});

afterAll(() => author?.[Symbol.asyncDispose]());

interface Report {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly testResults: readonly {
    readonly assertionResults: readonly { status: string; title: string; failureMessages: readonly string[] }[];
  }[];
}

async function run(broken: boolean, ...only: readonly string[]): Promise<Report> {
  await author.write("acme.test.mjs", test(broken));
  const vitest = join(author.path, "node_modules", "vitest", "vitest.mjs");
  const args = [vitest, "run", "--reporter=json", "--outputFile=report.json", ...only];
  const { stdout, stderr } = await runToEnd(process.execPath, args, { cwd: author.path });
  const report = await readFile(join(author.path, "report.json"), "utf8").catch(() => {
    throw new Error(`vitest has written no report:\n${stdout}${stderr}`);
  });
  return JSON.parse(report) as Report;
}

describe("the conformance suite, in the project of somebody else", () => {
  it("passes a namer of forty lines", async () => {
    const { numPassedTests, testResults } = await run(false);
    const failed = testResults.flatMap(({ assertionResults }) =>
      assertionResults.filter((one) => one.status === "failed"),
    );
    expect(
      failed.map(({ title, failureMessages }) => `${title}\n${failureMessages.join("\n").slice(0, 2_000)}`),
    ).toEqual([]);
    expect(numPassedTests).toBeGreaterThan(60);
  });

  it("fails one that turns failures into emptiness, and says what users would suffer", async () => {
    const { numFailedTests, testResults } = await run(true, "-t", "refused");
    expect(numFailedTests).toBe(2);
    const said = testResults.flatMap(({ assertionResults }) => assertionResults.flatMap((one) => one.failureMessages));
    expect(said.join("\n")).toMatch(/users: .*\n.*mend: /);
  });
});
