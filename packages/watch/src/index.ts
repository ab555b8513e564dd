export { type DnsLookup, type DnsOptions, dnsResolver } from "./dns.js";
export { Http, type HttpAnswer, type HttpOptions, type HttpRequest } from "./http.js";
export { parseJson } from "./json.js";
export { type LongPoll, longPoll } from "./long-poll.js";
export { retryAfterMs } from "./retry-after.js";
export { showUrl } from "./show-url.js";
export { oneLine } from "./text.js";
