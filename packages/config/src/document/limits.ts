/** Bounds that no real configuration comes near, so that no text can cost more than a moment. */
export const LIMITS = {
  /** UTF-16 code units of text. */
  characters: 1024 * 1024,
  /** Mappings and lists within each other. */
  depth: 64,
  /** Values in all, each use of an alias counted again. */
  nodes: 50_000,
} as const;
