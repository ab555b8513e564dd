/** 10.42 to 10.241: twelve million addresses, before one is given again. */
const NETWORKS = 200;

/** Gives out addresses of Rancher's managed network, 10.42.0.0/16, and when that is used up, of the next ones. */
export class Addresses {
  /** Of somebody already, and so not given to another. */
  readonly #promised: ReadonlySet<string>;
  #given = 0;

  constructor(promised: ReadonlySet<string>) {
    this.#promised = promised;
  }

  next(): string {
    for (;;) {
      const n = this.#given++ % (NETWORKS * 254 * 254);
      const third = Math.floor(n / 254);
      const address = `10.${42 + Math.floor(third / 254)}.${1 + (third % 254)}.${1 + (n % 254)}`;
      if (!this.#promised.has(address)) return address;
    }
  }
}
