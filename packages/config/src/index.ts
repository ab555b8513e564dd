export type {
  AdminPlan,
  BindingCachePlan,
  OfficialKind,
  Plan,
  Planned,
  Problem,
  Registry,
  RouterPlan,
  ServerPlan,
} from "./plan.js";
