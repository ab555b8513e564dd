import { readFileSync } from "node:fs";
import process from "node:process";
import { type AdminPage, json } from "./answer.js";

/** Of this package. */
export const version = readVersion();

/** /admin/server_info: which program this is, and since when. */
export const serverInfoPage: AdminPage = {
  path: "/admin/server_info",
  methods: ["GET"],
  about: "which program this is, and since when",
  handle: () => {
    const { pid, platform, arch, versions } = process;
    const started = new Date(performance.timeOrigin).toISOString();
    const uptime = Math.round(process.uptime() * 1_000);
    return json(200, {
      name: "namerkit",
      version,
      node: versions.node,
      platform,
      arch,
      pid,
      start_time: started,
      uptime,
    });
  },
};

/** A bundle has no package.json beside it; that is no reason not to start. */
function readVersion(): string {
  try {
    const found: unknown = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8"));
    return typeof found === "object" && found !== null && "version" in found ? String(found.version) : "unknown";
  } catch {
    return "unknown";
  }
}
