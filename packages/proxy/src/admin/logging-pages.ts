import { escapeHtml, type LogLevel, type LogLevels, logLevels, rootLogger } from "@namerkit/core";
import { type AdminAnswer, type AdminPage, type AdminRequest, json, jsonError } from "./answer.js";

/** As Linkerd writes them. */
const shown: Readonly<Record<LogLevel, string>> = {
  trace: "TRACE",
  debug: "DEBUG",
  info: "INFO",
  warn: "WARNING",
  error: "ERROR",
  fatal: "FATAL",
  silent: "OFF",
};
/** What else may be said for them: Linkerd's, and our own. */
const alsoCalled: Readonly<Record<string, LogLevel>> = {
  ALL: "trace",
  WARN: "warn",
  CRITICAL: "fatal",
  SILENT: "silent",
};
const inherit = "INHERIT";

/** /logging, for people, and /logging.json: the levels of all loggers; POST `logger=root&level=DEBUG` changes one, at once. */
export function loggingPages(levels: LogLevels): readonly AdminPage[] {
  return [
    {
      path: "/logging",
      methods: ["GET"],
      about: "the levels of the loggers, to be changed while running",
      navigation: "Logging",
      handle: (request) => request.page({ title: "Logging", body: body(levels, request), script: "logging.js" }),
    },
    {
      path: "/logging.json",
      methods: ["GET", "POST"],
      about: "the same as JSON; POST logger=root&level=DEBUG changes a level",
      handle: (request) => (request.method === "POST" ? change(levels, request) : list(levels)),
    },
  ];
}

function list(levels: LogLevels): AdminAnswer {
  const all = levels.list().map(({ logger, level, inherited }) => ({ logger, level: shown[level], inherited }));
  return json(200, all);
}

function change(levels: LogLevels, { body, contentType }: AdminRequest): AdminAnswer {
  const type = contentType?.split(";")[0]?.trim().toLowerCase();
  if (type !== undefined && type !== "application/x-www-form-urlencoded") {
    return jsonError(415, "CONTENT_TYPE", "expected application/x-www-form-urlencoded");
  }
  const form = new URLSearchParams(body);
  const logger = form.get("logger") ?? "";
  const wanted = (form.get("level") ?? "").toUpperCase();
  const level = levelOf(wanted);
  if (level === undefined && (wanted !== inherit || logger === rootLogger)) {
    return jsonError(
      400,
      "LEVEL",
      `level is one of ${Object.values(shown).join(", ")}; other loggers than root: ${inherit}`,
    );
  }
  if (!levels.set(logger, level))
    return jsonError(400, "LOGGER", "there is no such logger; GET /logging.json lists them");
  return list(levels);
}

function levelOf(text: string): LogLevel | undefined {
  const found = logLevels.find((level) => shown[level] === text);
  return found ?? (Object.hasOwn(alsoCalled, text) ? alsoCalled[text] : undefined);
}

function body(levels: LogLevels, { pages }: AdminRequest): string {
  const fixed = pages.some((page) => page.path === "/logging.json") ? "" : " disabled";
  const rows = levels.list().map(({ logger, level, inherited }) => {
    const name = escapeHtml(logger);
    const choices = logLevels.map((one) => {
      const selected = one === level && !inherited ? " selected" : "";
      return `<option value="${shown[one]}"${selected}>${shown[one]}</option>`;
    });
    if (logger !== rootLogger) {
      choices.unshift(`<option value="${inherit}"${inherited ? " selected" : ""}>as root</option>`);
    }
    return `<tr><td><code>${name}</code></td><td><select data-logger="${name}" aria-label="Level of ${name}"${fixed}>${choices.join("")}</select></td></tr>`;
  });
  return `<h1>Logging</h1>
<p class="hint">A level holds from the moment it is chosen until the process ends; it is not written anywhere.</p>
<p id="problem" class="problem" role="alert"${fixed === "" ? " hidden" : ""}>${fixed === "" ? "" : "Levels cannot be changed here: admin.security does not let /logging.json answer."}</p>
<div class="card scroll"><table class="narrow"><thead><tr><th scope="col">Logger</th><th scope="col">Level</th></tr></thead>
<tbody>${rows.join("\n")}</tbody></table></div>
<p id="said" class="hint" role="status"></p>`;
}
