// Asks the proxy for each name in turn, 50 times a second, whatever comes back; prints once a second who has answered.
//   node steady-client.mjs PROXY_HOST:PORT STATUS_HOST:PORT NAME ...
// GET / on the status address tells all since the start, as JSON: 200 while requests succeed, 503 while they do not.
import { Agent, createServer, request } from "node:http";
import process from "node:process";

const EVERY_MS = 20;
const PATIENCE_MS = 5_000;
/** Without an answer for so long, the client does not call itself healthy. */
const SILENCE_MS = 5_000;

const [proxy, status, ...names] = process.argv.slice(2);
if (proxy === undefined || status === undefined || names.length === 0) {
  console.error("usage: node steady-client.mjs PROXY_HOST:PORT STATUS_HOST:PORT NAME ...");
  process.exit(2);
}

const totals = { requests: 0, answers: 0, failures: 0, lastFailure: null };
/** Answers of the last second: counts by who answered, by name. */
let second = emptySecond();
let lastSuccess = -Infinity;
let stopping = false;

const agent = new Agent({ keepAlive: true, maxSockets: 32 });
const asking = setInterval(() => ask(names[totals.requests++ % names.length]), EVERY_MS);
const telling = setInterval(tell, 1_000);
const server = createServer((asked, response) => {
  asked.resume();
  const good = performance.now() - lastSuccess < SILENCE_MS;
  response.writeHead(good ? 200 : 503, { "content-type": "application/json" });
  response.end(`${JSON.stringify(totals)}\n`);
}).listen(...endpoint(status));

for (const signal of ["SIGTERM", "SIGINT"]) {
  process.once(signal, () => {
    clearInterval(asking);
    clearInterval(telling);
    server.close();
    server.closeAllConnections();
    // What is under way is waited for: cut off here, it would be told as a failure of the proxy's.
    stopping = true;
    if (totals.answers === totals.requests) agent.destroy();
  });
}

function ask(name) {
  const [port, host] = endpoint(proxy);
  const sent = request(
    { host, port, headers: { host: name }, agent, signal: AbortSignal.timeout(PATIENCE_MS) },
    (response) => {
      let body = "";
      response.setEncoding("utf8").on("data", (text) => {
        if (body.length < 4_096) body += text;
      });
      response.on("error", (error) => settle(name, undefined, error.message));
      response.on("end", () => {
        const line = body.split("\n", 1)[0];
        if (response.statusCode === 200) settle(name, line);
        else settle(name, undefined, `${response.statusCode} ${line}`);
      });
    },
  );
  let settled = false;
  sent.on("error", (error) => settle(name, undefined, error.message));
  sent.end();

  function settle(who, by, problem) {
    if (settled) return;
    settled = true;
    totals.answers++;
    if (stopping && totals.answers === totals.requests) agent.destroy();
    if (by === undefined) {
      totals.failures++;
      totals.lastFailure = `${new Date().toISOString()} ${who}: ${problem}`;
      console.log(totals.lastFailure);
    } else {
      lastSuccess = performance.now();
      const counts = second.get(who);
      counts.set(by, (counts.get(by) ?? 0) + 1);
    }
  }
}

function tell() {
  const parts = [...second].map(([name, counts]) => {
    const sorted = [...counts].sort(([a], [b]) => (a < b ? -1 : 1));
    return `${name}: ${sorted.map(([who, n]) => `${who.replace("sample-stack-", "")} x${n}`).join(" ") || "nobody"}`;
  });
  console.log(`${new Date().toISOString().slice(11, 19)} ${parts.join(" | ")} | failures: ${totals.failures}`);
  second = emptySecond();
}

function emptySecond() {
  return new Map(names.map((name) => [name, new Map()]));
}

/** As `listen` takes them: the port, the host. */
function endpoint(text) {
  const [, host, port] = /^(.+):(\d+)$/.exec(text) ?? [];
  if (host === undefined) throw new Error(`not HOST:PORT: ${text}`);
  return [Number(port), host];
}
