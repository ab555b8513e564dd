// Exit code 0 if a GET of the URL is answered with 2xx within 4 s, 1 otherwise. For images without curl.
//   node healthy.mjs URL
import process from "node:process";

const [url = ""] = process.argv.slice(2);
try {
  const answer = await fetch(url, { signal: AbortSignal.timeout(4_000) });
  process.exit(answer.ok ? 0 : 1);
} catch (error) {
  console.error(`${url}: ${error.cause?.message ?? error.message}`);
  process.exit(1);
}
