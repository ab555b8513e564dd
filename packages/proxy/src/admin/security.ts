import type { SecurityPlan } from "@namerkit/config";

/** Linkerd's three kinds of admin pages. */
type Category = "ui" | "control" | "diagnostics";

/** Ours beside Linkerd's: what the dashboard goes by. */
const ui =
  /^\/(?:files\/.*|admin\/files\/.*|config\.json|metrics\.json|dashboard\.json|admin\/metrics\.json|admin\/metrics|delegator|delegator\.json|logging|help)?$/;
/** What changes something, or stops the process from answering for a while. Ours beside Linkerd's: reload and profiles. */
const control = /^\/(?:admin\/shutdown|logging\.json|admin\/reload|admin\/(?:heap|cpu)-?(?:snapshot|profile))$/;

function categoryOf(path: string): Category {
  if (ui.test(path)) return "ui";
  return control.test(path) ? "control" : "diagnostics";
}

/**
 * Whether an admin path answers at all: what is on the blacklist never does, what is on the whitelist otherwise does, and of the rest what
 * belongs to a category that is enabled.
 */
export function isServed(path: string, security: SecurityPlan): boolean {
  if (security.pathBlacklist.some((one) => one.test(path))) return false;
  if (security.pathWhitelist.some((one) => one.test(path))) return true;
  switch (categoryOf(path)) {
    case "ui":
      return security.uiEnabled;
    case "control":
      return security.controlEnabled;
    case "diagnostics":
      return security.diagnosticsEnabled;
  }
}
