import { describe, expect, it } from "vitest";
import { isCompressible, isTextual, preferredCoding } from "./content-coding.js";

describe("what a client accepts", () => {
  it.each([
    ["gzip", "gzip"],
    ["GZIP", "gzip"],
    ["x-gzip", "gzip"],
    ["gzip, deflate, br, zstd", "gzip"],
    ["deflate", "deflate"],
    ["deflate, gzip;q=0.5", "deflate"],
    ["gzip;q=0, deflate;q=0.1", "deflate"],
    ["gzip ; q = 0.5 , deflate;q=1.000", "deflate"],
    ["br;q=1, *;q=0.1", "gzip"],
    ["*", "gzip"],
    ["*, gzip;q=0", "deflate"],
    ["identity;q=0.5, gzip;q=0.5", "gzip"],
    ["identity;q=0.4, gzip;q=0.5", "gzip"],
    ["identity;q=0, gzip;q=0.1", "gzip"],
    [",, gzip ,", "gzip"],
  ])("%s: %s", (accepted, coding) => {
    expect(preferredCoding(accepted)).toBe(coding);
  });

  it.each([
    [""],
    ["identity"],
    ["br"],
    ["gzip;q=0"],
    ["gzip;q=0.000, deflate;q=0"],
    ["*;q=0"],
    ["identity, gzip;q=0.5"],
    ["gzipped"],
    ["gzip;q=2"],
    ["gzip;q=-1"],
    ["gzip;q=0.0001"],
    ["gzip;q=one"],
    ["gzip;level=9"],
    ["gzip;q=1;q=0"],
    ["gzip deflate"],
  ])("%j: the content as it is", (accepted) => {
    expect(preferredCoding(accepted)).toBeUndefined();
  });
});

describe("a type of content", () => {
  it.each([
    "text/html",
    "Text/Plain; charset=utf-8",
    "application/json",
    "application/problem+json; charset=utf-8",
    "application/atom+xml",
    "image/svg+xml",
    "application/javascript",
    "application/x-ndjson",
  ])("%s is text", (type) => {
    expect([isTextual(type), isCompressible(type)]).toEqual([true, true]);
  });

  it.each(["", "application/octet-stream", "application/wasm", "image/bmp", "application/zipper", "font/ttf"])(
    "%j is no text, and may get smaller",
    (type) => {
      expect([isTextual(type), isCompressible(type)]).toEqual([false, true]);
    },
  );

  it.each([
    "text/event-stream; charset=utf-8",
    "image/png",
    "image/jpeg",
    "video/mp4",
    "audio/ogg",
    "application/zip",
    "application/gzip",
    "font/woff2",
  ])("%s stays as it is", (type) => {
    expect([isTextual(type), isCompressible(type)]).toEqual([false, false]);
  });
});
