import { describe, expect, it } from "vitest";
import { NameBooks } from "./name-books.js";

describe("the books of names", () => {
  it("are made once, and dropped with their name", () => {
    const books = new NameBooks({ wall: () => 0 }, () => []);
    let made = 0;
    const book = books.of("/dc1/web", () => made++);
    expect(books.of("/dc1/web", () => made++)).toBe(book);
    expect(made).toBe(1);
    books.drop("/dc1/web");
    expect(books.get("/dc1/web")).toBeUndefined();
  });

  it("of names that nobody watches any more do not pile up", () => {
    const running = new Set(["/dc1/kept"]);
    const books = new NameBooks({ wall: () => 0 }, () => running);
    books.of("/dc1/kept", () => {});
    for (let i = 0; i < 10_000; i++) books.of(`/dc1/invented-${i}`, () => {});
    expect(books.size).toBeLessThan(1_000);
    expect(books.get("/dc1/kept")).toBeDefined();
  });
});
