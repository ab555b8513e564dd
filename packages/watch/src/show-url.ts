const SECRET = /token|secret|password|passwd|credential|api[-_]?key|signature|^auth/i;

/** A URL for people: without user and password, and with the values of parameters that look like secrets left out. */
export function showUrl(url: URL): string {
  const shown = new URL(url);
  shown.username = "";
  shown.password = "";
  for (const name of new Set(shown.searchParams.keys())) {
    if (SECRET.test(name)) shown.searchParams.set(name, "…");
  }
  shown.hash = "";
  return shown.toString().replaceAll("%E2%80%A6", "…");
}
