import { readFile } from "node:fs/promises";
import { messageOf, NamerError } from "@namerkit/core";
import {
  type Ending,
  type HeaderPair,
  type RecordedChunk,
  type RecordedExchange,
  type Recording,
  VERSION,
} from "./recording.js";

const endings: readonly unknown[] = ["clean", "reset", "aborted", "open", "unrecorded"] satisfies Ending[];

/** The first line of a recording, without a newline. */
export function firstLine(): string {
  return JSON.stringify({ recording: VERSION });
}

/** One exchange as one line, without a newline. Pieces of text are text, all others base64. */
export function lineOf(exchange: RecordedExchange): string {
  return JSON.stringify({ ...exchange, chunks: exchange.chunks.map(chunkJson) });
}

/** @throws NamerError (by rejecting) TESTING_RECORDING if the file cannot be read, or is no recording */
export async function readRecording(file: string | URL): Promise<Recording> {
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (cause) {
    throw new NamerError("TESTING_RECORDING", `cannot read the recording: ${messageOf(cause)}`, { cause });
  }
  return parseRecording(text);
}

/** Reads what a recorder has written. @throws NamerError TESTING_RECORDING with the number of the line that cannot be read */
export function parseRecording(text: string): Recording {
  const lines = text.split("\n").map((line, i) => ({ text: line.trim(), number: i + 1 }));
  const [first, ...rest] = lines.filter((line) => line.text !== "");
  if (first === undefined) throw new NamerError("TESTING_RECORDING", "the recording is empty");
  const version = objectOf(first)["recording"];
  if (version !== VERSION) throw problem(first, `expected {"recording":${VERSION}}, which begins a recording`);
  const exchanges = rest.map((line) => exchangeOf(line, objectOf(line)));
  // Lines are written when answers end.
  return { exchanges: exchanges.sort((a, b) => a.number - b.number) };
}

interface Line {
  readonly text: string;
  readonly number: number;
}
type Json = Readonly<Record<string, unknown>>;

function exchangeOf(line: Line, json: Json): RecordedExchange {
  const { number, atMs, endedAtMs, ended, why } = json;
  const request = part(line, json, "request");
  const answer = json["answer"] === undefined ? undefined : part(line, json, "answer");
  if (!isTime(number) || !isTime(atMs) || !isTime(endedAtMs))
    throw problem(line, "number, atMs or endedAtMs is missing");
  if (!endings.includes(ended)) throw problem(line, `ended: expected one of ${endings.join(", ")}`);
  if (why !== undefined && typeof why !== "string") throw problem(line, "why: expected a text");
  const { method, path } = request;
  if (typeof method !== "string" || typeof path !== "string" || !path.startsWith("/")) {
    throw problem(line, "request: expected a method and a path that begins with /");
  }
  return {
    number,
    atMs,
    request: { method, path, headers: headersOf(line, request) },
    answer: answer && { ...headOf(line, answer), headers: headersOf(line, answer) },
    chunks: listOf(line, json["chunks"], "chunks").map((chunk) => chunkOf(line, chunk)),
    ended: ended as Ending,
    why,
    endedAtMs,
  };
}

function headOf(line: Line, { atMs, status }: Json): { readonly atMs: number; readonly status: number } {
  // Below are the informational ones, which are not recorded; above there are none.
  if (!isTime(atMs) || typeof status !== "number" || !Number.isInteger(status) || status < 200 || status > 599) {
    throw problem(line, "answer: expected atMs and a status from 200 to 599");
  }
  return { atMs, status };
}

function headersOf(line: Line, json: Json): readonly HeaderPair[] {
  return listOf(line, json["headers"], "headers").map((pair) => {
    const [name, value] = Array.isArray(pair) ? (pair as readonly unknown[]) : [];
    if (typeof name === "string" && typeof value === "string") return [name, value];
    throw problem(line, "headers: expected pairs of texts");
  });
}

function chunkOf(line: Line, chunk: unknown): RecordedChunk {
  const { atMs, text, base64 } = (typeof chunk === "object" && chunk !== null ? chunk : {}) as Json;
  if (isTime(atMs) && typeof text === "string") return { atMs, bytes: Buffer.from(text, "utf8") };
  if (isTime(atMs) && typeof base64 === "string") return { atMs, bytes: Buffer.from(base64, "base64") };
  throw problem(line, "chunks: expected atMs and text or base64");
}

function chunkJson({ atMs, bytes }: RecordedChunk): Json {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const text = buffer.toString("utf8");
  return Buffer.from(text, "utf8").equals(buffer) ? { atMs, text } : { atMs, base64: buffer.toString("base64") };
}

function objectOf(line: Line): Json {
  let json: unknown;
  try {
    json = JSON.parse(line.text);
  } catch (thrown) {
    throw problem(line, messageOf(thrown));
  }
  if (typeof json === "object" && json !== null) return json as Json;
  throw problem(line, "expected an object");
}

function part(line: Line, json: Json, name: string): Json {
  const value = json[name];
  if (typeof value === "object" && value !== null) return value as Json;
  throw problem(line, `${name}: expected an object`);
}

function listOf(line: Line, value: unknown, name: string): readonly unknown[] {
  if (Array.isArray(value)) return value;
  throw problem(line, `${name}: expected a list`);
}

function isTime(value: unknown): value is number {
  return typeof value === "number" && value >= 0;
}

function problem(line: Line, text: string): NamerError {
  return new NamerError("TESTING_RECORDING", `line ${line.number} of the recording: ${text}`);
}
