import { either, type FramingClass, post, refused, seen, shown, smuggled, unfinished } from "./case.js";

const chunked = (body: string) => post(["Transfer-Encoding: chunked"], body);
const sizes = [
  ...[
    "zz",
    "-3",
    "+3",
    "0x3",
    " 3",
    "3 3",
    "3_0",
    "3.",
    "",
    ";",
    ";a=b",
    "fffffffffffffffff",
    "10000000000000003",
    "\x0b3",
    "3\0",
  ],
  ...["3\t3", '"3"', "3,"],
];

export const chunks: FramingClass = {
  about: "chunked bodies",
  cases: [
    ...sizes.map((size) => refused(`with the size ${shown(size)}`, chunked(`${size}\r\nabc\r\n0\r\n\r\n${smuggled}`))),
    // Sizes that can be: what follows is a part of the chunk.
    unfinished("with four gigabytes and three bytes", chunked(`100000003\r\nabc\r\n0\r\n\r\n${smuggled}`)),
    unfinished("with the last size of 64 bits", chunked(`ffffffffffffffff\r\nabc\r\n0\r\n\r\n${smuggled}`)),
    seen("with a size in upper case", chunked(`A\r\n0123456789\r\n0\r\n\r\n`), "POST / 0123456789"),
    either("with zeros before the size", chunked("0003\r\nabc\r\n000\r\n\r\n"), "POST / abc"),
    either("with space after the size", chunked("3 \r\nabc\r\n0\r\n\r\n"), "POST / abc"),
    either("with an extension", chunked("3;a=b\r\nabc\r\n0;c\r\n\r\n"), "POST / abc"),
    either("with a quoted extension", chunked('3;a="b;c"\r\nabc\r\n0\r\n\r\n'), "POST / abc"),
    refused("with a newline in an extension", chunked(`3;a=\nb\r\nabc\r\n0\r\n\r\n${smuggled}`)),
    refused("with a bare CR in an extension", chunked(`3;a=\rb\r\nabc\r\n0\r\n\r\n${smuggled}`)),
    refused("with extensions without end", chunked(`3;${"a=b;".repeat(50_000)}\r\nabc\r\n0\r\n\r\n`)),
    refused("with LF after the size", chunked(`3\nabc\r\n0\r\n\r\n${smuggled}`)),
    refused("with CR alone after the size", chunked(`3\rabc\r\n0\r\n\r\n${smuggled}`)),
    refused("with LF after the data", chunked(`3\r\nabc\n0\r\n\r\n${smuggled}`)),
    refused("with nothing after the data", chunked(`3\r\nabc0\r\n\r\n${smuggled}`)),
    refused("with more data than said", chunked(`3\r\nabcd\r\n0\r\n\r\n${smuggled}`)),
    refused("with two line ends after the data", chunked(`3\r\nabc\r\n\r\n0\r\n\r\n${smuggled}`)),
    refused("with LF after the last chunk", chunked(`0\n\r\n${smuggled}`)),
    either("with a trailer", chunked("3\r\nabc\r\n0\r\nX-Sum: 1\r\n\r\n"), "POST / abc"),
    either(
      "with a trailer that would be a framing",
      chunked("3\r\nabc\r\n0\r\nContent-Length: 99\r\n\r\n"),
      "POST / abc",
    ),
    either("with a trailer that would be another", chunked("0\r\nTransfer-Encoding: identity\r\n\r\n"), "POST / "),
    either("with a trailer that would be a host", chunked("0\r\nHost: evil\r\n\r\n"), "POST / "),
    refused("with a trailer that is none", chunked(`0\r\nno colon here\r\n\r\n${smuggled}`)),
    refused("with a folded trailer", chunked(`0\r\nX-A: b\r\n c\r\n\r\n${smuggled}`)),
    refused("with a bare LF in a trailer", chunked(`0\r\nX-A: b\nX-B: c\r\n\r\n${smuggled}`)),
    refused("with a NUL in a trailer", chunked(`0\r\nX-A: b\0c\r\n\r\n${smuggled}`)),
  ],
};
