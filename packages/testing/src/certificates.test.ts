import { X509Certificate } from "node:crypto";
import { describe, expect, it } from "vitest";
import { testAuthority } from "./certificates.js";

describe("testAuthority", () => {
  it("issues certificates that OpenSSL reads and verifies, for names and addresses", () => {
    const authority = testAuthority();
    const ca = new X509Certificate(authority.cert);
    const leaf = new X509Certificate(authority.issue({ names: ["a.test", "10.1.2.3"] }).cert);
    expect([ca.ca, leaf.ca, ca.verify(ca.publicKey), leaf.verify(ca.publicKey)]).toEqual([true, false, true, true]);
    expect([leaf.checkHost("a.test"), leaf.checkHost("b.test"), leaf.checkIP("10.1.2.3")]).toEqual([
      "a.test",
      undefined,
      "10.1.2.3",
    ]);
    expect(leaf.verify(new X509Certificate(testAuthority().cert).publicKey)).toBe(false);
  });

  it("issues them for any time, and through an intermediate", () => {
    const between = testAuthority().intermediate();
    const notAfter = new Date(Date.UTC(2020, 5, 1, 12));
    const leaf = new X509Certificate(between.issue({ notBefore: new Date(Date.UTC(2019, 0, 1)), notAfter }).cert);
    expect(new Date(leaf.validTo)).toEqual(notAfter);
    expect(leaf.verify(new X509Certificate(between.cert).publicKey)).toBe(true);
    expect(leaf.checkIssued(new X509Certificate(between.cert))).toBe(true);
  });
});
