// Numbers as people read them.

const none = "–";

/** 1234567 as 1.23M; small ones with as many digits as say something. */
export function short(number) {
  if (number === null || number === undefined) return none;
  const size = Math.abs(number);
  for (const [limit, unit] of [
    [1e9, "G"],
    [1e6, "M"],
    [1e4, "k"],
  ]) {
    if (size >= limit) return `${digits(number / (limit === 1e4 ? 1e3 : limit))}${unit}`;
  }
  return digits(number);
}

function digits(number) {
  const size = Math.abs(number);
  if (Number.isInteger(number) || size >= 100) return String(Math.round(number));
  return size >= 10 ? number.toFixed(1) : number.toFixed(2);
}

export function percent(share) {
  if (share === null || share === undefined) return none;
  if (share === 1) return "100%";
  // 99.996 % is not all of them.
  return `${(Math.floor(share * 1e4) / 100).toFixed(share >= 0.999 ? 2 : 1)}%`;
}

export function ms(number) {
  if (number === null || number === undefined) return none;
  return number >= 1e4 ? `${digits(number / 1e3)} s` : digits(number);
}

export function bytes(number) {
  if (number === null || number === undefined) return none;
  return number >= 1 << 30 ? `${digits(number / (1 << 30))} GiB` : `${digits(number / (1 << 20))} MiB`;
}

export function duration(milliseconds) {
  if (milliseconds === null || milliseconds === undefined) return none;
  const seconds = Math.floor(milliseconds / 1000);
  const parts = [
    [Math.floor(seconds / 86400), "d"],
    [Math.floor(seconds / 3600) % 24, "h"],
    [Math.floor(seconds / 60) % 60, "min"],
    [seconds % 60, "s"],
  ];
  const first = parts.findIndex(([count]) => count > 0);
  if (first === -1) return "0 s";
  return parts
    .slice(first, first + 2)
    .map(([count, unit]) => `${count} ${unit}`)
    .join(" ");
}

/** Good, warn or bad. */
export function mood(share) {
  if (share === null || share === undefined) return "";
  return share >= 0.99 ? "good" : share >= 0.9 ? "warn" : "bad";
}
