import type { ReloadOutcome } from "../reload/outcome.js";
import { type AdminPage, json } from "./answer.js";

/** POST /admin/reload: as SIGHUP does, and tells what it came to: 200 if the new configuration is in use, else 422. */
export function reloadPage(reload: () => Promise<ReloadOutcome>): AdminPage {
  return {
    path: "/admin/reload",
    methods: ["POST"],
    about: "POST: reads the configuration anew, and uses it if it is good",
    handle: async () => {
      const outcome = await reload();
      return json(outcome.ok ? 200 : 422, outcome, true);
    },
  };
}
