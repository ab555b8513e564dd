// What the stories of the demos have in common: they wait for what is to come, and end when they are told to.

/** No step takes longer than this, or the story has failed, in ms. */
const STEP_MS = 20_000;
/** For requests that are on their way, in ms. */
const HOME_MS = 300;

/** `judge` is told beforehand who may answer for which name. */
export function telling({ judge, stop }) {
  const pause = (ms) => pauseOf(ms, stop);
  const until = async (what, holds) => {
    const end = performance.now() + STEP_MS;
    while (!(await holds())) {
      if (performance.now() > end) throw new Error(`waited ${STEP_MS / 1_000} s in vain until ${what}`);
      await pause(50);
    }
  };
  const answeredBy = (host, names) =>
    until(`${host} is answered by ${names.join(", ")}`, () => names.every((one) => judge.seen(host).has(one)));
  /** From now on, when what is under way has come home, nobody else may answer. `all`: names by host. */
  const only = async (all) => {
    await pause(HOME_MS);
    for (const [host, names] of Object.entries(all)) judge.announce(host, names);
  };
  return { pause, until, answeredBy, only };
}

function pauseOf(ms, stop) {
  return new Promise((resolve, reject) => {
    if (stop.aborted) return reject(stop.reason);
    const abort = () => {
      clearTimeout(timer);
      reject(stop.reason);
    };
    const timer = setTimeout(() => {
      stop.removeEventListener("abort", abort);
      resolve();
    }, ms);
    stop.addEventListener("abort", abort, { once: true });
  });
}
