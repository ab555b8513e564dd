/**
 * In lower case as Consul (as Go) sees it: character by character, each of which stays one. JavaScript looks at whole words, and makes
 * another `ς` of a `Σ` at the end of one, and two characters of `İ`; Consul would not find what is called so.
 */
export function lowerCase(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: all of ASCII
  if (/^[\u0000-\u007f]*$/.test(text)) return text.toLowerCase();
  return Array.from(text, (one) => Array.from(one.toLowerCase())[0]).join("");
}
