import { either, type FramingClass, post, refused, seen, shown, smuggled } from "./case.js";

const odd = [
  ...["+3", "-3", "3.0", "3e0", "0x3", "03abc", "3,", ",3", "3, 3", "3,4", "3 3", "3;", "three", "", " ", "\t", "٣"],
  ...["18446744073709551619", "4294967299999999999999", "1_0", "\x0b3", "3\x0b", '"3"', "3\0", "Infinity", "NaN"],
];

export const lengths: FramingClass = {
  about: "Content-Length",
  cases: [
    ...odd.map((value) => refused(`is ${shown(value)}`, post([`Content-Length: ${value}`], `abc${smuggled}`))),
    seen("is plain", post(["Content-Length: 3"], "abc"), "POST / abc"),
    either("has space around it", post(["Content-Length: \t 3 \t"], "abc"), "POST / abc"),
    either("begins with zeros", post(["Content-Length: 0003"], "abc"), "POST / abc"),
    seen("is in another case", post(["cOnTeNt-LeNgTh: 3"], "abc"), "POST / abc"),
    seen("is 0, and a request follows", post(["Content-Length: 0"], smuggled), "POST / ", "GET /smuggled "),
    seen("is 3, and a request follows", post(["Content-Length: 3"], `abc${smuggled}`), "POST / abc", "GET /smuggled "),
    refused("is there twice, and differs", post(["Content-Length: 0", `Content-Length: ${smuggled.length}`], smuggled)),
    refused("is there twice, and differs by zeros", post(["Content-Length: 3", "Content-Length: 03"], "abc")),
    refused("is there twice, and is the same", post(["Content-Length: 3", "Content-Length: 3"], "abc")),
    refused("is there twice, once empty", post(["Content-Length: 3", "Content-Length:"], "abc")),
    ...["Content_Length", "Content-Length\x0b", "Content-Length\0", "\x0bContent-Length", "Content-Length "].map(
      (name) => refusedName(name),
    ),
    seen("of a GET belongs to its body", `GET / HTTP/1.1\r\nHost: web\r\nContent-Length: 3\r\n\r\nabc`, "GET / abc"),
    seen(
      "of a GET is a whole request",
      `GET / HTTP/1.1\r\nHost: web\r\nContent-Length: ${smuggled.length}\r\n\r\n${smuggled}`,
      `GET / ${smuggled}`,
    ),
  ],
};

/** What is no name of a header is refused; what is another name is just a header, and the body is the next request. */
function refusedName(name: string) {
  const bytes = post([`${name}: ${smuggled.length}`], smuggled);
  return name === "Content_Length"
    ? either("is spelt Content_Length", bytes, "POST / ", "GET /smuggled ")
    : refused(`is spelt ${shown(name)}`, bytes);
}
