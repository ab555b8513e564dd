import { built, withDefault } from "../fields/field.js";
import { refined } from "../fields/refined.js";
import { flag, integer, newFile, text } from "../fields/scalars.js";
import type { AccessLogPlan } from "../plan-settings.js";

const BYTES: Readonly<Record<string, number>> = {
  byte: 1,
  kilobyte: 1024,
  megabyte: 1024 ** 2,
  gigabyte: 1024 ** 3,
  terabyte: 1024 ** 4,
};

/** When a new file is begun, as Twitter's logging library writes it: never, hourly, daily, weekly(n), or a size such as 10.megabytes. */
const rollPolicy = refined(text, (given, { node, path, reading }): AccessLogPlan["rollPolicy"] | undefined => {
  const word = given.toLowerCase();
  if (word === "never" || word === "hourly" || word === "daily") return { kind: word };
  const day = /^weekly\(([1-7])\)$/.exec(word)?.[1];
  if (day !== undefined) return { kind: "weekly", day: Number(day) };
  const [, count, unit = ""] = /^(\d{1,15})\.([a-z]+?)s?$/.exec(word) ?? [];
  const bytes = Number(count) * (Object.hasOwn(BYTES, unit) ? (BYTES[unit] ?? 0) : 0);
  if (bytes > 0 && Number.isSafeInteger(bytes)) return { kind: "size", bytes };
  const place = { offset: node.start, path };
  const hint = "never, hourly, daily, weekly(1) for Sundays to weekly(7), or a size such as 10.megabytes";
  reading.reporter.error("CONFIG_VALUE", place, "this is not a roll policy", hint);
  return undefined;
});

const file = "The file for a line about every request.";
const policy =
  "When a new file is begun: never, hourly, daily, weekly(n) or a size such as 10.megabytes. Default never.";
const append = "Whether an old file is written on, and not replaced. Default true.";
const rotateCount = "Old files to keep; -1 is all. Default -1.";

export const httpAccessLogFields = {
  httpAccessLog: built(newFile, file),
  httpAccessLogRollPolicy: withDefault(rollPolicy, { kind: "never" }, policy),
  httpAccessLogAppend: withDefault(flag, true, append),
  httpAccessLogRotateCount: withDefault(integer(-1), -1, rotateCount),
};

export const h2AccessLogFields = {
  h2AccessLog: built(newFile, file),
  h2AccessLogRollPolicy: built(rollPolicy, policy),
  h2AccessLogAppend: built(flag, append),
  h2AccessLogRotateCount: built(integer(-1), rotateCount),
};
