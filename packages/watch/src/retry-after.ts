/**
 * How long a server asks us to wait, in ms from now (RFC 9110, 10.2.3): a number of seconds or a date, which may lie in the past.
 * Undefined for anything else. Whoever waits caps it.
 *
 * @param wall now, in ms since 1970
 */
export function retryAfterMs(value: string | undefined, wall: number): number | undefined {
  const text = value?.trim() ?? "";
  if (/^\d{1,10}$/.test(text)) return Number(text) * 1_000;
  // The three forms of RFC 9110, 5.6.7 begin with the day of the week; asctime has no zone and means GMT.
  if (!/^(mon|tue|wed|thu|fri|sat|sun)/i.test(text)) return undefined;
  const at = Date.parse(/gmt$/i.test(text) ? text : `${text} GMT`);
  return Number.isNaN(at) ? undefined : Math.max(0, at - wall);
}
