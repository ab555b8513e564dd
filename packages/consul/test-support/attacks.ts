import { answer, type Behaviour, json } from "@namerkit/testing";
import { asCatalog, entry } from "./entries.js";

/** Bytes on the wire as they are, and then the end of the connection. */
export function raw(head: string, body: string | Uint8Array = ""): Behaviour {
  return {
    name: "raw",
    request({ socket }) {
      socket.write(head.replaceAll("\n", "\r\n"));
      socket.end(body);
    },
  };
}

const good = (n: number) => asCatalog(entry("web", `10.0.0.${n}`, 80));
const other = asCatalog(entry("other", "10.6.6.6", 80));
const bad = (fields: object) => ({ ...(asCatalog(entry("web", "10.6.6.6", 80)) as object), ...fields });
const index = { "x-consul-index": "99" };
const listed = JSON.stringify([bad({})]);
const chunked = "HTTP/1.1 200 OK\nX-Consul-Index: 99\nTransfer-Encoding: chunked\n\n";

/** What must neither be believed nor do any harm: 10.6.6.6 is nowhere in the catalogue. */
export const attacks: Readonly<Record<string, Behaviour>> = {
  "an empty list, and nothing of Consul's": json([]),
  "null, and nothing of Consul's": json(null),
  "an empty list with 203": json([], { status: 203, headers: index }),
  "no content": raw("HTTP/1.1 204 No Content\nX-Consul-Index: 99\n\n"),
  "a part of an answer": json([bad({})], { status: 206, headers: index }),
  "a list that is pressed together unasked": answer(Buffer.from("1f8b0800000000000003", "hex"), {
    headers: { ...index, "content-encoding": "gzip" },
  }),
  "the instances of another service": json([other], { headers: index }),
  "those of another service, with what nobody understands": json([other, null, 7], { headers: index }),
  "an object that has a list": json({ Instances: [bad({})] }, { headers: index }),
  "ports that are none": json(
    [bad({ ServicePort: "80" }), bad({ ServicePort: 70_000 }), bad({ ServicePort: -1 }), bad({ ServicePort: 1e308 })],
    { headers: index },
  ),
  "addresses that are none": json([bad({ ServiceAddress: ["10.6.6.6"] }), bad({ Address: 7 })], { headers: index }),
  "a list in a list": json([[bad({})]], { headers: index }),
  "brackets, five million deep": answer("[".repeat(5_000_000), { headers: index }),
  "brackets that are closed, a million deep": answer("[".repeat(1e6) + "]".repeat(1e6), { headers: index }),
  "bytes that are no UTF-8": answer(Buffer.from([0x5b, 0xff, 0xfe, 0xc3, 0x28, 0x5d]), { headers: index }),
  "a redirect to somewhere else": answer(listed, { status: 302, headers: { ...index, location: "http://10.6.6.6/" } }),
  "a permanent redirect": answer(listed, { status: 308, headers: { ...index, location: "/v1/kv/x" } }),
  "headers without end": raw(`HTTP/1.1 200 OK\n${`X-Padding: ${"x".repeat(1_000)}\n`.repeat(100)}\n`, listed),
  "one header of a megabyte": raw(`HTTP/1.1 200 OK\nX-Consul-Index: ${"9".repeat(1e6)}\n\n`, listed),
  "interim answers and no other": raw("HTTP/1.1 100 Continue\n\n".repeat(1_000)),
  "two lengths": raw("HTTP/1.1 200 OK\nX-Consul-Index: 99\nContent-Length: 2\nContent-Length: 4\n\n", "[]  "),
  "a negative length": raw("HTTP/1.1 200 OK\nX-Consul-Index: 99\nContent-Length: -1\n\n", listed),
  "a length, and chunks": raw(
    "HTTP/1.1 200 OK\nX-Consul-Index: 99\nContent-Length: 4\nTransfer-Encoding: chunked\n\n",
    "2\r\n[]\r\n0\r\n\r\n",
  ),
  "a chunk of more than there can be": raw(chunked, "fffffffffffffffff\r\n[]"),
  "a chunk of a length that is none": raw(chunked, "zwei\r\n[]\r\n0\r\n\r\n"),
  "chunks that do not end": raw(chunked, "2\r\n[]\r\n"),
  "a protocol of tomorrow": raw("HTTP/3.0 200 OK\nX-Consul-Index: 99\n\n", listed),
  "no protocol at all": raw("", listed),
  "a status that is none": raw("HTTP/1.1 999 Fine\nX-Consul-Index: 99\n\n", listed),
  "a switch of protocols": raw("HTTP/1.1 101 Switching Protocols\nUpgrade: consul\nConnection: upgrade\n\n", listed),
};

/** Odd, but it says what is true: 10.0.0.2, and nothing else. */
export const oddities: Readonly<Record<string, Behaviour>> = {
  "ten thousand times the same": json(
    Array.from({ length: 10_000 }, () => good(2)),
    { headers: index },
  ),
  "among what nobody understands": json([null, [], bad({ ServicePort: "80" }), other, good(2)], { headers: index }),
  "with a byte order mark": answer(`\ufeff${JSON.stringify([good(2)])}`, { headers: index }),
  "with fields a hundred thousand deep": answer(
    `[${JSON.stringify(good(2)).slice(0, -1)},"ServiceProxy":${"[".repeat(1e5)}${"]".repeat(1e5)}}]`,
    { headers: index },
  ),
  "with names of fields that are no names": json(
    [{ ...(good(2) as object), ServiceMeta: JSON.parse('{"__proto__":"x","constructor":"y","toString":"z"}') }],
    { headers: index },
  ),
  "in chunks with notes": raw(chunked, chunksOf(JSON.stringify([good(2)]))),
  "with a trailer": raw(chunked, chunksOf(JSON.stringify([good(2)])).replace(/\r\n$/, "X-Consul-Index: 1\r\n\r\n")),
};

function chunksOf(text: string): string {
  const pieces = text.match(/.{1,7}/gs) ?? [];
  return `${pieces.map((one) => `${one.length.toString(16)};note=${"x".repeat(50)}\r\n${one}\r\n`).join("")}0\r\n\r\n`;
}
