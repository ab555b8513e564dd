import { isPortName } from "../ports.js";
import { pairsOf } from "./fields.js";

/** The labels that mean something here. */
export interface LabelRules {
  /** `<portPrefix><name>: "8080"` says which port `name` is. */
  readonly portPrefix: string;
  /** The share of the traffic, 1 being the usual one. */
  readonly weight: string;
  /** To be told as metadata of the addresses. */
  readonly told: readonly string[];
}

/** What the labels of one container or service come to. */
export interface Labels {
  /** Port numbers by name, in lower case. */
  readonly ports: ReadonlyMap<string, number>;
  readonly weight: number | undefined;
  readonly told: Readonly<Record<string, string>>;
  /** Labels of ours that say nothing: a port of 0 or without a name, a weight of "heavy". They are as if they were not there. */
  readonly odd: number;
}

const noPorts: ReadonlyMap<string, number> = new Map();
const noTold: Readonly<Record<string, string>> = Object.freeze({});
export const noLabels: Labels = { ports: noPorts, weight: undefined, told: noTold, odd: 0 };

export function readLabels(value: unknown, rules: LabelRules): Labels {
  let ports: Map<string, number> | undefined;
  let told: [label: string, text: string][] | undefined;
  let weight: number | undefined;
  let odd = 0;
  for (const [label, text] of pairsOf(value)) {
    if (rules.weight !== "" && label === rules.weight) {
      weight = weightIn(text);
      if (weight === undefined) odd++;
    } else if (rules.portPrefix !== "" && label.startsWith(rules.portPrefix)) {
      const name = label.slice(rules.portPrefix.length).toLowerCase();
      const port = portIn(text);
      if (port === undefined || !isPortName(name)) odd++;
      else {
        ports ??= new Map();
        ports.set(name, port);
      }
    }
    if (rules.told.includes(label)) {
      told ??= [];
      told.push([label, text]);
    }
  }
  if (ports === undefined && told === undefined && weight === undefined && odd === 0) return noLabels;
  return { ports: ports ?? noPorts, weight, told: told === undefined ? noTold : Object.fromEntries(told), odd };
}

export function portIn(text: string): number | undefined {
  if (!/^\d{1,5}$/.test(text)) return undefined;
  const port = Number(text);
  return port >= 1 && port <= 65_535 ? port : undefined;
}

/** Decimal, not negative. */
function weightIn(text: string): number | undefined {
  return /^\d{1,9}(\.\d{1,9})?$/.test(text) ? Number(text) : undefined;
}
