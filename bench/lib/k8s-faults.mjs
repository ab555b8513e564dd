// What may be wrong with an API server, while it lasts. What is open when a fault begins comes to feel it, too.
import { hang, reset } from "@namerkit/testing";

const status = (code, reason, message, headers = {}) => {
  const body = JSON.stringify({
    kind: "Status",
    apiVersion: "v1",
    metadata: {},
    status: "Failure",
    message,
    reason,
    code,
  });
  return { status: code, headers: { "content-type": "application/json", ...headers }, body };
};

/** Everything is answered with this, and watches have ended. */
const always = (answer) => ({
  begin(lane) {
    lane.fake.faults = { answer: () => answer };
    lane.fake.drop("end");
  },
  end(lane) {
    lane.fake.faults = {};
  },
});

/** The first list and everything after it is as ever, but watches are not. */
const watchesOnly = (answer) => ({
  begin(lane) {
    lane.fake.faults = { answer: ({ target }) => (/[?&]watch=/.test(target) ? answer() : undefined) };
    lane.fake.drop("end");
  },
  end(lane) {
    lane.fake.faults = {};
  },
});

const error = (fields) => `${JSON.stringify({ type: "ERROR", object: { kind: "Status", ...fields } })}\n`;
/** A watch that says this and ends. */
const saying = (text) => () => ({
  status: 200,
  headers: { "content-type": "application/json" },
  watch(sink) {
    sink.write(text);
    sink.end();
    return { close() {} };
  },
});

/** Said in the watches that are open, which go on. */
const said = (text) => ({ begin: (lane) => lane.fake.inject(text) });

export const faults = {
  "connection refused": () => ({ begin: (lane) => lane.server.refuse(), end: (lane) => lane.server.revive() }),
  "connection reset": () => ({
    begin(lane) {
      lane.server.behave(reset());
      lane.server.dropConnections();
    },
    end: (lane) => lane.server.behave(lane.relay),
  }),
  "500, the store has no leader": () => always(status(500, "InternalError", "etcdserver: leader changed")),
  "403, rights taken away": () =>
    always(status(403, "Forbidden", 'endpointslices.discovery.k8s.io is forbidden: User "ann" cannot list')),
  "429, Retry-After: 30": () => always(status(429, "TooManyRequests", "too many requests", { "retry-after": "30" })),
  "no answer": () => ({
    begin(lane) {
      lane.server.behave(hang());
      lane.server.dropConnections();
    },
    end: (lane) => lane.server.behave(lane.relay),
  }),
  "a page for people": () => ({
    begin(lane) {
      lane.server.behave("html");
      lane.server.dropConnections();
    },
    end: (lane) => lane.server.behave(lane.relay),
  }),
  "the cable pulled from what is open": () => ({ begin: (lane) => lane.relay.silence() }),
  "watches that end at once": () => watchesOnly(saying("")),
  "watches answered with 410": () => watchesOnly(() => status(410, "Expired", "The resourceVersion is too old")),
  "watches that say 410 and end": () =>
    watchesOnly(saying(error({ code: 410, reason: "Expired", message: "too old" }))),
  "half of an event, and the end": () => watchesOnly(saying('{"type":"MODIFIED","object":{"metadata":{"na')),
  "one answer 503": () => ({
    begin(lane) {
      let told = 0;
      const gone = status(503, "ServiceUnavailable", "the server is shutting down");
      lane.fake.faults = { answer: () => (told++ === 0 ? gone : undefined) };
      lane.fake.drop("end");
    },
    end(lane) {
      lane.fake.faults = {};
    },
  }),
  "a line that is no JSON, once": () => said("no JSON at all\n"),
  "an event of an unknown type, once": () => said('{"type":"RENAMED","object":{"metadata":{"name":"service0-1"}}}\n'),
  "a backup of the store put back": () => ({
    begin(lane) {
      const backup = lane.fake.backup();
      // What is forgotten by it.
      for (let i = 0; i < 50; i++) lane.fake.touch("services", "prod", "service0", { annotations: { i: String(i) } });
      lane.fake.restore(backup);
    },
  }),
  "a slice replaced by another while nobody listens": () => ({
    async begin(lane) {
      await lane.server.refuse();
      lane.fake.delete("endpointslices", "prod", lane.name);
      lane.name = "service0-2";
      lane.fake.drop("reset");
      lane.fake.forget();
      await lane.server.revive();
      lane.apply();
    },
  }),
};

/** Those in which a client without a brake uses up a core. */
export const hot = [
  "a page for people",
  "half of an event, and the end",
  "watches that end at once",
  "watches answered with 410",
  "watches that say 410 and end",
];

/** Those that are over at once. The change comes 2 s later. */
export const brief = [
  "the cable pulled from what is open",
  "one answer 503",
  "a line that is no JSON, once",
  "an event of an unknown type, once",
  "a backup of the store put back",
  "a slice replaced by another while nobody listens",
];
