import { byId, problem } from "./dom.js";

for (const select of document.querySelectorAll("select[data-logger]")) {
  select.addEventListener("change", () => change(select));
}

async function change(select) {
  const { logger } = select.dataset;
  const body = new URLSearchParams({ logger, level: select.value });
  try {
    const answer = await fetch("logging.json", { method: "POST", body });
    if (!answer.ok) return problem(await reason(answer));
    problem();
    const all = await answer.json();
    const now = all.find((one) => one.logger === logger);
    byId("said").textContent = `${logger} logs at ${now.level}${now.inherited ? ", as root does" : ""}.`;
  } catch {
    problem("The admin server does not answer; nothing was changed.");
  }
}

async function reason(answer) {
  const text = await answer.text();
  try {
    return JSON.parse(text).error;
  } catch {
    return `The level was not changed: the answer was ${answer.status}.`;
  }
}
