// What binding would make of an explanation of /delegator.json: which branches win, and which do not count.

/**
 * "bound": leads somewhere. "neg": does not exist, so the next alternative has its turn. "fail" and "empty": ends there, so no alternative
 * has. "failed": cannot be told, and no alternative may be taken instead.
 */
export function verdictOf(node) {
  switch (node.type) {
    case "leaf":
      return "bound";
    case "neg":
    case "fail":
    case "empty":
      return node.type;
    case "delegate":
      return verdictOf(node.delegate);
    case "transformation":
      return verdictOf(node.tree);
    case "alt":
      return node.alt.map(verdictOf).find((one) => one !== "neg") ?? "neg";
    case "union": {
      // Whatever does not lead on is left out as long as anything else is left.
      const all = node.union.map(({ tree }) => verdictOf(tree));
      return (
        ["bound", "empty"].find((one) => all.includes(one)) ?? (all.some((one) => one !== "failed") ? "neg" : "failed")
      );
    }
    default:
      return "failed";
  }
}

/** The parts of a node, each with its weight in a union, and whether a request of the node may go there. */
export function branchesOf(node) {
  switch (node.type) {
    case "delegate":
      return [{ node: node.delegate, counts: true }];
    case "transformation":
      return [{ node: node.tree, counts: true }];
    case "alt": {
      const first = node.alt.findIndex((one) => verdictOf(one) !== "neg");
      return node.alt.map((one, i) => ({ node: one, counts: i === first }));
    }
    case "union": {
      const kept = new Set(node.union.filter(({ tree }) => ["bound", "empty"].includes(verdictOf(tree))));
      const sum = [...kept].reduce((so, { weight }) => so + weight, 0);
      return node.union.map((one) => {
        const counts = kept.has(one);
        return { node: one.tree, weight: one.weight, share: counts ? one.weight / sum : 0, counts };
      });
    }
    default:
      return [];
  }
}

/** The leaves that requests go to. */
export function winnersOf(node) {
  if (node.type === "leaf") return [node];
  return branchesOf(node).flatMap((one) => (one.counts ? winnersOf(one.node) : []));
}
