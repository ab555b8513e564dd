/**
 * Every code that this package raises beside those of core, and what it means. What a catalogue does wrong has core's codes, because
 * they decide how a source is supervised: NAMER_REFUSED (401, 403), NAMER_ANSWER (an answer that cannot be used) and NAMER_UNAVAILABLE
 * (no answer in time, a broken connection, any other failing status).
 */
export const WATCH_ERROR_CODES = {
  WATCH_REQUEST_INVALID: "The request cannot be sent: its URL, headers, deadline or size limit are not usable.",
  WATCH_TOO_MANY_REQUESTS: "More requests are under way than maxPending allows.",
  WATCH_HOST_INVALID: "The text cannot be a host name or an address.",
  WATCH_EXPIRED:
    "The server no longer knows the version that a watch began at. Never seen outside: everything is listed anew.",
  WATCH_FILE: "A file cannot be read, or not be written.",
  WATCH_SECRET: "A file that should hold a token is empty, or holds something else.",
  WATCH_TLS_OPTIONS: "The settings for TLS contradict each other, or name a version of TLS that does not exist.",
  WATCH_TLS_FILES: "The certificates or keys for TLS cannot be used as they are in their files.",
  WATCH_PORT_INVALID: "The port is not a whole number from 1 to 65535.",
} as const;
