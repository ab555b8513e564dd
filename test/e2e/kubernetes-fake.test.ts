import process from "node:process";
import { describe, expect, it } from "vitest";
import { TestFolder } from "../support/folder.js";
import { root } from "../support/paths.js";
import { TestProcess } from "../support/process.js";

const bin = `${root}/packages/testing/bin/kubernetes-fake.js`;
const cluster = {
  services: {
    "shop/web": {
      ports: [{ name: "http", port: 80, targetPort: 8080 }],
      pods: [{ ip: "10.0.0.1" }, { ip: "10.0.0.2" }],
      ready: 1,
    },
  },
  configMaps: { "shop/dtab": { dtab: "/svc => /a" } },
};

describe("kubernetes-fake", () => {
  it("serves the cluster of a file, and does as its control port is told", async () => {
    await using folder = await TestFolder.make();
    const file = await folder.write("cluster.json", JSON.stringify(cluster));
    await using fake = new TestProcess(process.execPath, [bin, file, "--port", "0", "--control-port", "0"]);
    const [, api = ""] = await fake.match(/serving the API on (\S+)/);
    const [, control = ""] = await fake.match(/serving control on (\S+)/);
    const json = async (url: string, init?: RequestInit) => {
      const answer = await fetch(url, { ...init, signal: AbortSignal.timeout(10_000) });
      // biome-ignore lint/suspicious/noExplicitAny: looked into by the assertions
      return { status: answer.status, json: (await answer.json()) as any };
    };
    const slices = `${api}/apis/discovery.k8s.io/v1/namespaces/shop/endpointslices`;
    const listed = (await json(slices)).json;
    expect(listed.items[0].endpoints.map(({ addresses }: { addresses: string[] }) => addresses[0])).toEqual([
      "10.0.0.1",
    ]);

    // A watch is told of what the control port is told.
    const version = listed.metadata.resourceVersion as string;
    const watch = await fetch(`${slices}?watch=1&resourceVersion=${version}`, { signal: AbortSignal.timeout(20_000) });
    const reader = watch.body?.pipeThrough(new TextDecoderStream()).getReader();
    expect(await json(`${control}/scale?service=shop/web&to=2`, { method: "POST" })).toMatchObject({
      status: 200,
      json: { services: { "shop/web": { ready: 2 } }, watches: 1 },
    });
    const event = JSON.parse((await reader?.read())?.value ?? "");
    expect([event.type, event.object.endpoints.length]).toEqual(["MODIFIED", 2]);
    await reader?.cancel();

    await json(`${control}/configmaps/shop/dtab/dtab`, { method: "PUT", body: "/svc => /b" });
    const configMap = await json(`${api}/api/v1/namespaces/shop/configmaps?fieldSelector=metadata.name%3Ddtab`);
    expect(configMap.json.items[0].data).toEqual({ dtab: "/svc => /b" });

    for (const [method, path, status, error] of [
      ["POST", "/scale?service=shop/other&to=1", 400, "?service= is one of shop/web"],
      ["POST", "/scale?service=shop/web&to=3", 400, "&to= is a number from 0 to 2"],
      ["GET", "/scale?service=shop/web&to=1", 405, "/scale is for POST"],
      ["GET", "/nothing", 404, "there is no /nothing; there are GET /"],
    ] as const) {
      const refused = await json(`${control}${path}`, { method });
      expect([refused.status, refused.json.error]).toEqual([status, expect.stringContaining(error)]);
    }
    fake.signal("SIGTERM");
    expect(await fake.end()).toMatchObject({ code: 0, stderr: "" });
  });

  it("says what is wrong with what it is given", async () => {
    await using folder = await TestFolder.make();
    const file = await folder.write("cluster.json", '{ "services": { "web": {} } }');
    for (const [args, code, message] of [
      [[file], 1, /services\.web: the key is not <namespace>\/<name>/],
      [[`${file}.not`], 1, /ENOENT/],
      [[], 2, /^usage: /],
      [[file, "--port", "x"], 2, /usage: /],
      [[file, "--nonsense"], 2, /usage: /],
    ] as const) {
      await using fake = new TestProcess(process.execPath, [bin, ...args]);
      const ended = await fake.end();
      expect([ended.code, ended.stderr]).toEqual([code, expect.stringMatching(message)]);
    }
  });
});
