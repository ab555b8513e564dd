import { either, type FramingClass, refused, seen, shown, smuggled } from "./case.js";

const get = (lines: readonly string[], line = "GET / HTTP/1.1") => `${[line, ...lines].join("\r\n")}\r\n\r\n`;
const lines = [
  ...[
    "GET / HTTP/1.2",
    "GET / HTTP/2.0",
    "GET / HTTP/0.9",
    "GET / HTTP/11",
    "GET / http/1.1",
    "GET / HTTP/1.1 ",
    "GET / HTTP/1.10",
  ],
  ...["GET /", "GET", "", " GET / HTTP/1.1", "GET\t/\tHTTP/1.1", "G ET / HTTP/1.1", "GET / a HTTP/1.1"],
  ...[
    "GE\x00T / HTTP/1.1",
    "GET /\x00 HTTP/1.1",
    "GET /a\x0bb HTTP/1.1",
    "G:T / HTTP/1.1",
    "GET / HTTP/-1.1",
    "GET / HTTP/1,1",
    "get / HTTP/1.1",
  ],
];
const names = ["X A", "X\x00A", "X\x0bA", "X\x7fA", "X(A", "X[A]", "X{A", 'X"A', "X/A", "X=A", "X\xe9A", ""];
const values = ["a\x00b", "a\rb", "a\nb", "a\x7fb", "a\x01b", "a\x0bb", "a\x1fb"];

export const heads: FramingClass = {
  about: "heads",
  cases: [
    ...lines.map((line) => refused(`begin with ${shown(line)}`, get(["Host: web"], line) + smuggled)),
    ...names.map((name) => refused(`have a header called ${shown(name)}`, get(["Host: web", `${name}: b`]) + smuggled)),
    ...values.map((value) => refused(`have the value ${shown(value)}`, get(["Host: web", `X-A: ${value}`]) + smuggled)),
    refused("have lines that end with LF", "GET / HTTP/1.1\nHost: web\n\n"),
    refused("end with LF", `GET / HTTP/1.1\r\nHost: web\r\n\n${smuggled}`),
    refused("have a line without a colon", get(["Host: web", "colonless"])),
    refused("have a first line that is folded", get([" X: y", "Host: web"]) + smuggled),
    refused("have a folded line", get(["Host: web", "X-A: b", " c"]) + smuggled),
    refused("are HTTP/2's", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
    refused("are TLS's", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"),
    refused("are too large", get(["Host: web", `X-A: ${"a".repeat(30_000)}`])),
    refused("have too long a line", get(["Host: web"], `GET /${"a".repeat(30_000)} HTTP/1.1`)),
    refused("have thousands of headers", get(["Host: web", ...Array.from({ length: 5_000 }, (_, i) => `x${i}: 1`)])),
    seen("have an empty value", get(["Host: web", "X-A:"]), "GET / "),
    seen("have bytes beyond ASCII in a value", get(["Host: web", "X-A: \xe9\xff"]), "GET / "),
    either("have an empty line before them", `\r\n${get(["Host: web"])}`, "GET / "),
    either("have two spaces before the target", get(["Host: web"], "GET  / HTTP/1.1"), "GET / "),
    either("have two spaces behind the target", get(["Host: web"], "GET /  HTTP/1.1"), "GET / "),
    seen("follow one another", get(["Host: web"]) + get(["Host: web"], "GET /2 HTTP/1.1"), "GET / ", "GET /2 "),
    either("have a method nobody knows", get(["Host: web"], "BREW / HTTP/1.1"), "BREW / "),
    either(
      "end a connection in the middle of the next",
      `${get(["Host: web"])}GET /half HTTP/1.1\r\nHost: w`,
      "GET / ",
    ),
  ],
};
