import { describe, expect, it } from "vitest";
import { Secrets } from "./secrets.js";

const chunks = (...texts: string[]) => texts.map((text, i) => ({ atMs: i, bytes: Buffer.from(text) }));
const textsOf = (list: ReturnType<Secrets["chunks"]>) => list.map(({ bytes }) => Buffer.from(bytes).toString());

describe("a path", () => {
  it.each([
    ["/v1/health?token=abc&index=3", "/v1/health?token=***&index=3"],
    ["/v1/health?index=3&X-Api-Key=abc", "/v1/health?index=3&X-Api-Key=***"],
    ["/a?%74oken=abc", "/a?%74oken=***"],
    ["/v1/health/service/web?index=3&wait=60s", "/v1/health/service/web?index=3&wait=60s"],
    ["/tenant/acme-corp/x", "/tenant/***/x"],
    ["/tenant/acme%20corp%2F1", "/tenant/***"],
  ])("%s is kept as %s", (path, kept) => {
    expect(new Secrets(["acme-corp", "acme corp/1"]).path(path)).toBe(kept);
  });

  it("depends on nothing that was learnt, so that a player finds it again", () => {
    const secrets = new Secrets();
    secrets.learn("/", [["authorization", "Bearer production"]]);
    expect(secrets.path("/service/production")).toBe("/service/production");
  });
});

it("headers with telling names are asterisks; so is what is known to be secret in others", () => {
  const secrets = new Secrets(["hidden"]);
  secrets.learn("/?token=0123456789", []);
  expect(
    secrets.headers([
      ["Authorization", "Bearer 1"],
      ["X-Consul-Token", "2"],
      ["Set-Cookie", "a=b"],
      ["X-Vault-Token", "3"],
      ["Via", "a hidden place, 0123456789"],
      ["Location", "/next?token=short"],
      ["ETag", "4"],
    ]),
  ).toEqual([
    ["Authorization", "***"],
    ["X-Consul-Token", "***"],
    ["Set-Cookie", "***"],
    ["X-Vault-Token", "***"],
    ["Via", "a *** place, ***"],
    ["Location", "/next?token=***"],
    ["ETag", "4"],
  ]);
});

describe("a body", () => {
  it("has asterisks where a credential of a request comes again, over the borders of pieces too, and keeps its length", () => {
    const secrets = new Secrets();
    secrets.learn("/", [["Authorization", "Bearer abcdefgh12"]]);
    expect(textsOf(secrets.chunks(chunks('{"token":"abcd', "efgh1", '2"}', "")))).toEqual([
      '{"token":"****',
      "*****",
      '*"}',
      "",
    ]);
  });

  it("has none of a password that was sent as Basic, nor of a given secret in JSON", () => {
    const secrets = new Secrets(['quo"ted']);
    const basic = Buffer.from("user:pass word").toString("base64");
    secrets.learn("/", [["authorization", `Basic ${basic}`]]);
    expect(textsOf(secrets.chunks(chunks(`pass word ${JSON.stringify('quo"ted')}`)))).toEqual(['********* "********"']);
  });

  it("keeps short words, which may be anything, and bytes that are no text", () => {
    const secrets = new Secrets(["é-secret"]);
    secrets.learn("/?token=test", []);
    const [kept] = secrets.chunks([
      { atMs: 0, bytes: Buffer.from([0xff, 0xc3, 0xa9, ...Buffer.from("-secret test")]) },
    ]);
    expect(Buffer.from(kept?.bytes ?? [])).toEqual(Buffer.from([0xff, ...Buffer.from("********* test")]));
  });
});
