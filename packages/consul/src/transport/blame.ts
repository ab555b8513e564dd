import { HttpFailure } from "@namerkit/watch";

/**
 * What a failed request says of the agent: that it is no use now ("down": no connection, no leader, a gateway in front of nothing),
 * that it did something that can happen once ("failing"), that it is well and the fault is another's ("well"); undefined: nothing.
 */
export function blame(thrown: unknown): "down" | "failing" | "well" | undefined {
  if (!(thrown instanceof HttpFailure)) return undefined;
  const { kind, status = 0, said } = thrown;
  if (kind === "connect") return "down";
  if (kind !== "status") return "failing";
  if (status >= 502 && status <= 504) return "down";
  return status === 500 && /no cluster leader|no known consul servers/i.test(said) ? "down" : "well";
}
