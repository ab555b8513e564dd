/** The beginning of a text, on one line and without control characters: fit for a log or an error body. */
export function oneLine(text: string, maxLength: number): string {
  const begin = text.slice(0, maxLength * 2);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: removing them is the point
  const plain = begin.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g, " ").trim();
  return plain.length > maxLength || text.length > begin.length ? `${plain.slice(0, maxLength)}…` : plain;
}
