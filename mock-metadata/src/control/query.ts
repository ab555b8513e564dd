import { NamerError } from "@namerkit/core";

/** The parameters of a control call. What is missing or unusable is MOCK_CONTROL. */
export class Query {
  readonly #parameters: URLSearchParams;

  constructor(parameters: URLSearchParams) {
    this.#parameters = parameters;
  }

  has(name: string): boolean {
    return this.#parameters.has(name);
  }

  text(name: string): string {
    const value = this.#parameters.get(name);
    if (value === null || value === "") throw new NamerError("MOCK_CONTROL", `the parameter "${name}" is missing`);
    return value;
  }

  /** `none` is null. */
  textOrNone(name: string): string | null {
    const value = this.text(name);
    return value === "none" ? null : value;
  }

  whole(name: string): number {
    const value = this.wholeIfGiven(name);
    if (value === undefined) throw new NamerError("MOCK_CONTROL", `the parameter "${name}" is missing`);
    return value;
  }

  wholeIfGiven(name: string): number | undefined {
    const value = this.#parameters.get(name);
    if (value === null) return undefined;
    if (!/^\d{1,9}$/.test(value)) {
      throw new NamerError("MOCK_CONTROL", `the parameter "${name}" must be a whole number, not "${value}"`);
    }
    return Number(value);
  }

  /** True unless it is said to be false. */
  flag(name: string): boolean {
    const value = this.#parameters.get(name) ?? "true";
    if (value !== "true" && value !== "false") {
      throw new NamerError("MOCK_CONTROL", `the parameter "${name}" must be true or false, not "${value}"`);
    }
    return value === "true";
  }

  /** Whose: `service=stack/service`, with or without `container=2`; or `container=name` of one that belongs to no service. */
  target(): readonly [name: string, index: number | undefined] {
    if (this.has("service")) return [this.text("service"), this.wholeIfGiven("container")];
    const name = this.has("container") ? this.text("container") : "";
    if (name === "" || name.includes("/")) throw new NamerError("MOCK_CONTROL", `the parameter "service" is missing`);
    return [name, undefined];
  }
}
