import type { NameTree, Weighted } from "./nametree.js";
import { type Path, readPath } from "./path.js";
import type { Scanner } from "./scanner.js";

/** The tree that comes next in the text: alternatives, the loosest of the operators. Leaves the scanner behind trailing space. */
export function readTree(scanner: Scanner): NameTree<Path> {
  const trees = separated(scanner, "|", readUnion);
  return trees.length === 1 ? (trees[0] as NameTree<Path>) : { type: "alt", trees };
}

function readUnion(scanner: Scanner): NameTree<Path> {
  const trees = separated(scanner, "&", readWeighted);
  return trees.length === 1 ? (trees[0] as Weighted<Path>).tree : { type: "union", trees };
}

function separated<T>(scanner: Scanner, separator: string, read: (scanner: Scanner) => T): T[] {
  const items: T[] = [];
  do {
    items.push(read(scanner));
    scanner.space();
  } while (scanner.maybe(separator));
  return items;
}

function readWeighted(scanner: Scanner): Weighted<Path> {
  scanner.space();
  if (!scanner.atNumber) return { weight: 1, tree: readSimple(scanner) };
  const weight = scanner.number();
  scanner.space();
  scanner.expect("*");
  scanner.space();
  return { weight, tree: readSimple(scanner) };
}

const specials: Readonly<Record<string, NameTree<never>>> = Object.freeze({
  "!": Object.freeze({ type: "fail" }),
  "~": Object.freeze({ type: "neg" }),
  $: Object.freeze({ type: "empty" }),
} as const);

function readSimple(scanner: Scanner): NameTree<Path> {
  if (scanner.maybe("(")) {
    const tree = scanner.nested(() => readTree(scanner));
    scanner.expect(")");
    return tree;
  }
  if (scanner.next === SLASH) return { type: "leaf", value: readPath(scanner) };
  for (const char in specials) if (scanner.maybe(char)) return specials[char] as NameTree<never>;
  return scanner.fail("simple");
}

const SLASH = 47;
