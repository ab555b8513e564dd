/**
 * The same entries come in another order with each version. Where two of them claim one place, a name or a uuid, which one has it must
 * not depend on that, or addresses would move back and forth with nothing having happened.
 */
export function preferred<T extends object>(a: T, b: T): T {
  return textOf(a) <= textOf(b) ? a : b;
}

/** Entries by what identifies them; those for which that is undefined are left out. */
export function indexed<T extends object>(
  entries: Iterable<T>,
  idOf: (entry: T) => string | undefined,
): Map<string, T> {
  const index = new Map<string, T>();
  for (const entry of entries) {
    const id = idOf(entry);
    if (id === undefined) continue;
    const other = index.get(id);
    index.set(id, other === undefined ? entry : preferred(other, entry));
  }
  return index;
}

/** All that an entry says. */
function textOf(entry: object): string {
  return JSON.stringify(entry, (_, value: unknown) => (value instanceof Map ? [...value] : value));
}
