import { chunks } from "./chunks.js";
import { codings } from "./codings.js";
import { heads } from "./heads.js";
import { lengths } from "./lengths.js";
import { targets } from "./targets.js";

/** What clients may send to have a proxy and its endpoint disagree on where a request ends (RFC 9112, 11.2), by class. */
export const corpus = [lengths, codings, chunks, heads, targets];
