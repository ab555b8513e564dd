import { either, type FramingClass, refused, seen, smuggled } from "./case.js";

const request = (target: string, lines: readonly string[] = ["Host: web"], method = "GET") =>
  `${[`${method} ${target} HTTP/1.1`, ...lines].join("\r\n")}\r\n\r\n`;

export const targets: FramingClass = {
  about: "targets and hosts",
  cases: [
    refused("two hosts", request("/", ["Host: web", "Host: evil"]) + smuggled),
    refused("the same host twice", request("/", ["Host: web", "Host: web"]) + smuggled),
    refused("a list of hosts", request("/", ["Host: web, evil"])),
    refused("no host", request("/", ["X-A: b", "Connection: close"])),
    refused("an empty host", request("/", ["Host:"])),
    refused("a host with a space", request("/", ["Host: web evil"])),
    refused("a host with a path", request("/", ["Host: web/../evil"])),
    refused("a host with a user", request("/", ["Host: web@evil"])),
    either("a host with a comma", request("/", ["Host: web,"]), "GET / "),
    refused("a host that is folded", request("/", ["Host:", " web"]) + smuggled),
    refused("a host with a bare CR", request("/", ["Host: web\rX: y"]) + smuggled),
    seen("an absolute form, which wins over Host", request("http://web/a?b", ["Host: evil"]), "GET /a?b "),
    seen("an absolute form without a path", request("http://web", ["Host: web"]), "GET / "),
    either("an absolute form with a user", request("http://me@web/a", ["Host: web"]), "GET /a "),
    refused("an absolute form without a host", request("http:///a", ["Host: web"])),
    refused("an absolute form of another scheme", request("ftp://web/a", ["Host: web"])),
    refused("an authority", request("web:80", ["Host: web"])),
    refused("an asterisk, but not for OPTIONS", request("*", ["Host: web"])),
    refused("a fragment that is none", request("\\evil", ["Host: web"])),
    either("two slashes", request("//evil/a", ["Host: web"]), "GET //evil/a "),
    either("dots", request("/../../a", ["Host: web"]), "GET /../../a "),
    seen(
      "escapes of line ends, as they are",
      request("/a%0d%0aX-Evil:%201", ["Host: web"]),
      "GET /a%0d%0aX-Evil:%201 ",
    ),
    either("bytes beyond ASCII", request("/\xc3\xa9", ["Host: web"]), "GET /\xc3\xa9 "),
    refused("a tab", request("/a\tb", ["Host: web"]) + smuggled),
    refused("DEL", request("/a\x7fb", ["Host: web"]) + smuggled),
    refused("delegations with line ends", request("/", ["Host: web", "l5d-dtab: /svc => /a\rX: y"]) + smuggled),
    seen("delegations with escaped line ends", request("/", ["Host: web", "l5d-dtab: /x => /a%0d%0aEvil:1"]), "GET / "),
    refused("delegations that are none", request("/", ["Host: web", "l5d-dtab: not a dtab"])),
  ],
};
