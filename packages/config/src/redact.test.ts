import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { load, SMALL } from "../test-support/load.js";
import { isSecretKey, redactConfig, redactText } from "./redact.js";

describe("problems", () => {
  it.each([
    `namers:\n- { kind: io.acme.nomad, token: S3CRET7 }\n${SMALL}`,
    `namers:\n- { kind: io.acme.nomad, token: 8675309 }\n${SMALL}`,
    `namers:\n- { kind: io.l5d.consul, token: [S3CRET7], hots: x }\n${SMALL}`,
    `namers:\n- { kind: io.acme.nomad, password: S3CRET7, tags: S3CRET7 }\n${SMALL}`,
    `namers:\n- { kind: S3CRET7, token: S3CRET7 }\n${SMALL}`,
    `plugins: ["https://me:S3CRET7@host/x"]\n${SMALL}`,
    `{"token": "S3CRET7", "admin": {"ip": "S3CRET7"}, "routers": "S3CRET7"}`,
    `token: S3CRET7\nrouters: [{ protocol: S3CRET7 }]\n`,
  ])("never show a secret: %#", async (text) => {
    const { problems } = await load(text);
    expect(problems.length).toBeGreaterThan(0);
    expect(JSON.stringify(problems)).not.toMatch(/S3CRET7|8675309/);
  });
});

describe("isSecretKey", () => {
  it.each([
    "token",
    "aclToken",
    "PASSWORD",
    "passwd",
    "clientSecret",
    "credentials",
    "apiKey",
    "api_key",
    "privateKey",
    "authorization",
    "auth",
    "passphrase",
  ])("%s is one", (key) => expect(isSecretKey(key)).toBe(true));
  it.each([
    "clientAuth",
    "authInfo",
    "tokenFile",
    "passwordFile",
    "keyPath",
    "kind",
    "host",
    "key",
    "tokenEnv",
    "secretPath",
  ])("%s is none", (key) => expect(isSecretKey(key)).toBe(false));
});

describe("redactConfig", () => {
  it("keeps the shape and everything that is not secret", () => {
    const config = {
      a: [1, { token: "x", tokenFile: "f" }],
      url: "http://u:p@host/",
      password: { inline: "y" },
      secret: null,
    };
    expect(redactConfig(config)).toEqual({
      a: [1, { token: "***", tokenFile: "f" }],
      url: "http://***@host/",
      password: "***",
      secret: null,
    });
  });

  it("takes secrets out of the query of a URL, and nothing else", () => {
    expect(redactConfig({ dst: "http://h/x?dc=a&acl_token=S3CRET7&b=c#d", path: "/svc?token=S3CRET7" })).toEqual({
      dst: "http://h/x?dc=a&acl_token=***&b=c#d",
      path: "/svc?token=***",
    });
  });

  it("lets no secret through at any depth", () => {
    fc.assert(
      fc.property(fc.json(), (json) => {
        const hidden = redactConfig({ x: [{ y: JSON.parse(json), token: "S3CRET7" }], "my-password": ["S3CRET7"] });
        expect(JSON.stringify(hidden)).not.toContain("S3CRET7");
      }),
    );
  });
});

describe("redactText", () => {
  it("takes out every occurrence, the longest first", () => {
    expect(redactText("abcd and abc", ["abcd", "abc"])).toBe("*** and ***");
  });
});
