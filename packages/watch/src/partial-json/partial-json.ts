import { scan } from "./scanner.js";
import { type JsonShape, type Wanted, wantedOf } from "./shape.js";

/**
 * Parses JSON of which little is wanted: what is not is passed over, checked but not made. For lists and watches, of whose bytes a program keeps
 * a tenth; `JSON.parse` makes all of it, and the garbage collector takes it away again.
 */
export class PartialJson {
  readonly #wanted: Wanted;

  constructor(shape: JsonShape) {
    this.#wanted = wantedOf(shape);
  }

  /**
   * What `JSON.parse` would make of it, without what is not wanted; no string of it keeps the bytes alive. Undefined: it is not JSON, or
   * nested more than 200 deep. `JSON.parse` can tell then. Small objects that are the same may be one object: they are not to be changed.
   *
   * @param each is given the elements of the lists in the outermost object, which are empty then: so that they need not all be there at
   * once. Also of what turns out not to be JSON further on
   */
  parse(utf8: Uint8Array, each?: (element: unknown) => void): unknown {
    return scan(utf8, this.#wanted, each);
  }
}
