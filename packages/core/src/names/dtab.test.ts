import { describe, expect, it } from "vitest";
import { Dentry, DentryPrefix, Dtab, wildcard } from "./dtab.js";
import { NameTree } from "./nametree.js";
import { Path } from "./path.js";

const lookup = (dtab: string, path: string): string => NameTree.show(Dtab.parse(dtab).lookup(Path.parse(path)));

describe("Dtab.parse", () => {
  it("reads comments between all tokens", () => {
    const dtab = Dtab.parse(`# a table
      /svc => # to the catalogue
        /#/io.l5d.rancher ; # done
      # /old => /gone ;
    `);
    expect(dtab.show()).toBe("/svc=>/#/io.l5d.rancher");
  });

  it.each([
    [";", 0, "'/' expected but ';' found at '[;]'"],
    ["/a", 2, "'=' expected but end of input found at '/a[]'"],
    ["/a = > /b", 4, "'>' expected but ' ' found at '/a =[ ]> /b'"],
    ["/a/*b => /c", 4, "'=' expected but 'b' found at '/a/*[b] => /c'"],
    ["/a=>/b;/c", 9, "'=' expected but end of input found at '/a=>/b;/c[]'"],
  ])("refuses %j", (text, offset, message) => {
    expect(() => Dtab.parse(text)).toThrow(expect.objectContaining({ code: "DTAB_INVALID", message, at: { offset } }));
  });

  it("reads tables longer than an argument list can be", () => {
    expect(Dtab.parse("/a=>/b;".repeat(150_000)).size).toBe(150_000);
  });
});

describe("Dtab.lookup", () => {
  it("takes later entries first and nests their alternatives", () => {
    expect(lookup("/svc => /a ; /svc => /b | /c", "/svc/x")).toBe("(/b/x | /c/x) | /a/x");
  });

  it("is the tree itself for one match, Neg for none", () => {
    expect(lookup("/svc => /b | /c", "/svc/x")).toBe("/b/x | /c/x");
    expect(lookup("/svc => /b", "/other")).toBe("~");
    expect(Dtab.empty.lookup(Path.empty)).toBe(NameTree.neg);
  });

  it("drops what a wildcard matched", () => {
    expect(lookup("/srv/*/*/web => /a", "/srv/x/y/web/z")).toBe("/a/z");
    expect(lookup("/srv/* => /a", "/srv")).toBe("~");
  });

  it("matches bytes, and a literal star only with a star", () => {
    expect(lookup("/\\xff => /a", "/\\xFF/b")).toBe("/a/b");
    expect(lookup("/\\x2a => /a", "/b")).toBe("~");
    expect(lookup("/\\x2a => /a", "/\\x2a")).toBe("/a");
  });
});

describe("Dtab", () => {
  const dtab = Dtab.parse("/a=>/b;/a=>/c");

  it("appends and strips", () => {
    const more = Dtab.parse("/d=>!");
    expect(dtab.concat(more).show()).toBe("/a=>/b;/a=>/c;/d=>!");
    expect(dtab.concat(more).stripPrefix(dtab).equals(more)).toBe(true);
    expect(dtab.stripPrefix(Dtab.parse("/a=>/b;/a=>/d"))).toBe(dtab);
    expect(dtab.stripPrefix(dtab)).toBe(Dtab.empty);
  });

  it("simplifies destinations and drops entries that lead nowhere", () => {
    expect(Dtab.parse("/a=>~;/b=>~|/c;/d=>!|/e").simplified().show()).toBe("/b=>/c;/d=>!");
  });

  it("shows weights rounded, and in full where tables must not be mixed up", () => {
    const fine = Dtab.parse("/a => 0.001*/b & 0.999*/c");
    expect(fine.show()).toBe("/a=>0.00*/b & 1.00*/c");
    expect(fine.showExact()).toBe("/a=>0.001*/b & 0.999*/c");
    expect(Dtab.parse(fine.show()).equals(fine)).toBe(false);
    expect(Dtab.parse(fine.showExact()).equals(fine)).toBe(true);
  });

  it("writes a childless destination as the Neg that it is", () => {
    const odd = Dtab.of(new Dentry(DentryPrefix.parse("/a"), NameTree.alt()));
    expect(Dtab.parse(odd.showExact()).lookup(Path.parse("/a"))).toEqual({ type: "neg" });
  });
});

describe("Dentry", () => {
  it("reads and shows one entry", () => {
    const dentry = Dentry.parse(" /a/* => /b ");
    expect(dentry.show()).toBe("/a/*=>/b");
    expect(dentry.prefix.elements).toEqual(["a", wildcard]);
    expect(dentry.prefix.equals(DentryPrefix.of("a", wildcard))).toBe(true);
    expect(dentry.prefix.equals(DentryPrefix.of("a", "*"))).toBe(false);
    expect(`${DentryPrefix.of("a", "*")} ${dentry}`).toBe("/a/\\x2a /a/*=>/b");
  });

  it("refuses what follows the entry", () => {
    expect(() => Dentry.parse("/a => /b ;")).toThrow("end of input expected but ';' found at '/a => /b [;]'");
    expect(() => DentryPrefix.parse("/a/")).toThrow("label char expected");
  });
});
