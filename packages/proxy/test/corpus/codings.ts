import { either, type FramingClass, post, refused, seen, shown, smuggled } from "./case.js";

const last = "0\r\n\r\n";
const odd = [
  ...["identity", "xchunked", "chunkedx", "chunked, identity", "identity, chunked", "gzip, chunked", "chunked, gzip"],
  ...["chunked, chunked", "chunked,", ",chunked", "chunked;q=1", '"chunked"', "chunked chunked", "chu nked", "x"],
  ...[
    "\x0bchunked",
    "chunked\x0b",
    "\x0cchunked",
    "chunked\0",
    "chunked\x01",
    "cow, chunked",
    "chunked\xa0",
    "\xa0chunked",
  ],
];

export const codings: FramingClass = {
  about: "Transfer-Encoding",
  cases: [
    ...odd.map((value) => refused(`is ${shown(value)}`, post([`Transfer-Encoding: ${value}`], last + smuggled))),
    seen("is chunked", post(["Transfer-Encoding: chunked"], `3\r\nabc\r\n${last}`), "POST / abc"),
    seen("is in another case", post(["tRANSFER-eNCODING: ChUnKeD"], `3\r\nabc\r\n${last}`), "POST / abc"),
    either("has space around it", post(["Transfer-Encoding: \tchunked \t"], `3\r\nabc\r\n${last}`), "POST / abc"),
    seen(
      "is chunked, and a request follows",
      post(["Transfer-Encoding: chunked"], last + smuggled),
      "POST / ",
      "GET /smuggled ",
    ),
    refused("is there twice", post(["Transfer-Encoding: chunked", "Transfer-Encoding: chunked"], last)),
    refused("is there twice, once identity", post(["Transfer-Encoding: identity", "Transfer-Encoding: chunked"], last)),
    refused("is there twice, once nonsense", post(["Transfer-Encoding: chunked", "Transfer-Encoding: cow"], last)),
    refused(
      "comes with a length after it",
      post(["Transfer-Encoding: chunked", "Content-Length: 4"], `5c\r\n${smuggled}${last}`),
    ),
    refused(
      "comes with a length before it",
      post(["Content-Length: 6", "Transfer-Encoding: chunked"], `${last}G${smuggled}`),
    ),
    refused("comes with a length of nothing", post(["Content-Length: 0", "Transfer-Encoding: chunked"], last)),
    refused("is folded", post(["Transfer-Encoding:", " chunked"], last + smuggled)),
    refused("is folded with a tab", post(["Transfer-Encoding:", "\tchunked"], last + smuggled)),
    refused("is in the fold of another", post(["X-A: b", " Transfer-Encoding: chunked"], last + smuggled)),
    refused("has a space before its colon", post(["Transfer-Encoding : chunked"], last + smuggled)),
    refused("has a tab before its colon", post(["Transfer-Encoding\t: chunked"], last + smuggled)),
    refused("has no colon", post(["Transfer-Encoding chunked"], last + smuggled)),
    refused("is empty", post(["Transfer-Encoding:"], last + smuggled)),
    refused("hides behind a bare CR", post(["X-A: b\rTransfer-Encoding: chunked"], last + smuggled)),
    refused("hides behind a bare LF", post(["X-A: b\nTransfer-Encoding: chunked"], last + smuggled)),
    refused("hides behind a NUL", post(["X-A: b\0Transfer-Encoding: chunked"], last + smuggled)),
    refused("is of HTTP/1.0", `POST / HTTP/1.0\r\nHost: web\r\nTransfer-Encoding: chunked\r\n\r\n${last}${smuggled}`),
    either(
      "is spelt Transfer_Encoding",
      post(["Transfer_Encoding: chunked", "Content-Length: 5"], last),
      `POST / ${last}`,
    ),
    either(
      "is named by Connection",
      post(["Connection: Transfer-Encoding", "Transfer-Encoding: chunked"], last),
      "POST / ",
    ),
    either(
      "has its length named by Connection",
      post(["Connection: Content-Length", "Content-Length: 3"], "abc"),
      "POST / abc",
    ),
  ],
};
