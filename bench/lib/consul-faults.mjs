// What may be wrong with a Consul, as the answers of a lane while it lasts. `begin` and `end` are run once; `asked` and `woken` answer in
// place of the lane where they return true. What is held when a fault begins comes to feel it, too.
const text = (status, body, headers = {}) => ({
  status,
  body,
  // As Consul has it: errors carry an index that means nothing.
  headers: { "Content-Type": "text/plain", "X-Consul-Index": "1", ...headers },
});

/** Everything is answered at once, and with this. */
const always = (options) => {
  const asked = (lane, { socket, service }) => {
    lane.answer(socket, service, typeof options === "function" ? options(service) : options);
    return true;
  };
  return { begin: (lane) => lane.release(), asked, woken: asked };
};

export const faults = {
  "connection refused": () => ({ begin: (lane) => lane.close(), end: (lane) => lane.listen() }),
  "connection reset": () => {
    const asked = (_, { socket }) => {
      socket.resetAndDestroy();
      return true;
    };
    return { begin: (lane) => lane.resetAll(), asked };
  },
  "500, no leader": () => always(text("500 Internal Server Error", "No cluster leader")),
  "403, unknown token": () => always(text("403 Forbidden", "ACL not found")),
  "429, Retry-After: 30": () => always(text("429 Too Many Requests", "rate limit exceeded", { "Retry-After": "30" })),
  "no answer": () => ({ begin: (lane) => lane.resetAll(), asked: () => true, end: (lane) => lane.resetAll() }),
  "half of the JSON": () => always({ body: '[{"Node":{"Node":"node-0","Address":' }),
  "every other answer a 500": () => {
    let turn = 0;
    const broken = text("500 Internal Server Error", "rpc error making call: EOF");
    const asked = (lane, { socket, service }) => {
      if (turn++ % 2 === 1) return false;
      lane.answer(socket, service, broken);
      return true;
    };
    return { begin: (lane) => lane.release(), asked, woken: asked };
  },
  "a restart that lost its data": () => ({
    begin(lane) {
      lane.forget();
      lane.resetAll();
    },
  }),
  "the same behind a proxy that keeps connections": () => ({ begin: (lane) => lane.forget() }),
  "index 0": () => always({ headers: { "X-Consul-Index": "0" } }),
  "no index": () => always({ headers: { "X-Consul-Index": null } }),
  "an empty list of a server without leader": () => {
    const empty = { headers: { "X-Consul-Knownleader": "false", "X-Consul-Lastcontact": "8000" }, body: "[]" };
    const answer = (lane, { socket, service }) => {
      lane.answer(socket, service, empty);
      return true;
    };
    // Blocking queries are held as ever; what they get in the end is empty.
    const asked = (lane, request) => request.index < request.service.index && answer(lane, request);
    return { begin: (lane) => lane.wave(false), asked, woken: answer };
  },
  "the index moves 100 times a second, nothing else does": () => {
    let timer;
    return {
      begin(lane) {
        timer = setInterval(() => lane.wave(false), 10);
      },
      end: () => clearInterval(timer),
    };
  },
  "answers at once, with the same index": () => always({}),
  "answers at once, with an index that goes back and forth": () => {
    let turn = 0;
    return always((service) => ({ headers: { "X-Consul-Index": service.index + (turn++ % 2) * 1_000 } }));
  },
};

/** Those in which a client without a brake uses up a core. */
export const hot = ["answers at once, with the same index", "answers at once, with an index that goes back and forth"];

/** Those that are over at once. The change comes 2 s later, while clients may be waiting for an index that is far away. */
export const brief = ["a restart that lost its data", "the same behind a proxy that keeps connections"];
