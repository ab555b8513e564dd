/** Waits until `probe` gives something other than undefined or false; fails, naming what was missing, when it takes too long. */
export async function until<T>(
  probe: () => T | undefined | false | Promise<T | undefined | false>,
  options: { readonly what: string; readonly timeoutMs?: number },
): Promise<T> {
  const { what, timeoutMs = 10_000 } = options;
  const end = performance.now() + timeoutMs;
  for (;;) {
    const found = await probe();
    if (found !== undefined && found !== false) return found;
    if (performance.now() > end) throw new Error(`waited ${timeoutMs} ms in vain: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
