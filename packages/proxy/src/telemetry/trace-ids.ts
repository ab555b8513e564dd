/** A random id of 16 hex digits that is not zero. */
export function randomId(random: () => number): string {
  const id = hex32(random) + hex32(random);
  return id === zeroId ? "0000000000000001" : id;
}

export const zeroId = "0000000000000000";

/** The last 64 bits of a trace id: what l5d-reqid tells, and what sampling goes by. */
export function lowHalf(traceId: string): string {
  return traceId.length === 16 ? traceId : traceId.slice(-16);
}

/** Whether a trace is among a share of all, decided alike wherever it is asked. */
export function sampledAt(rate: number, traceId: string): boolean {
  // The last 32 bits: where the rest of an id is a time stamp, these are random.
  return Number.parseInt(traceId.slice(-8), 16) < rate * 0x1_0000_0000;
}

const bytes = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));

/** From a table: every request needs some, and toString(16) takes ten times as long. */
function hex32(random: () => number): string {
  const n = (random() * 0x1_0000_0000) >>> 0;
  return `${bytes[n >>> 24]}${bytes[(n >>> 16) & 255]}${bytes[(n >>> 8) & 255]}${bytes[n & 255]}`;
}
