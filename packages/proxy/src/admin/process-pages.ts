import { type AdminPage, json, text } from "./answer.js";

/** /config.json: the configuration that is running, as it was written, without its secrets. */
export function configPage(document: () => unknown): AdminPage {
  return {
    path: "/config.json",
    methods: ["GET"],
    about: "the configuration, without secrets",
    handle: () => json(200, document()),
  };
}

/** POST /admin/shutdown: as SIGTERM does. `shutdown` only asks for it. */
export function shutdownPage(shutdown: () => void): AdminPage {
  return {
    path: "/admin/shutdown",
    methods: ["POST"],
    about: "POST: lets requests in flight finish, and ends the process",
    handle: () => {
      shutdown();
      return text(200, "shutting down");
    },
  };
}
