// The story of examples/migration/README.md, told and played.
import { telling } from "../demos/telling.mjs";
import { old, pods } from "./parts.mjs";

/** How long each settled state is watched, in ms. */
const LOOK_MS = 1_000;
/** Between two requests, in ms. */
const EVERY_MS = 3;
/** So many responses are counted to see a share. */
const SAMPLE = 1_500;
/** How far a share may be from what is announced, in standard deviations: chance goes beyond once in two million times. */
const SIGMAS = 5;

export async function playStory({ stack, judge, traffic, tell, stop }) {
  const { pause, until, answeredBy, only: onlyThese } = telling({ judge, stop });
  const only = (names) => onlyThese({ web: names });
  const alsoAllow = (names) => judge.alsoAllow("web", names);
  const known = (world, count) =>
    until(`the proxy knows ${count} in ${world}`, async () => (await stack.addressesIn(world)) === count);
  /** Everybody who may answer while it changes has been announced. */
  const names = async (dtab) => {
    const before = await stack.dtab();
    await stack.names(`${dtab} ;\n`);
    await until("the proxy goes by the new dtab", async () => (await stack.dtab()) !== before);
    tell(`  ${dtab}`);
  };
  /** Waits for as many responses as it takes, and holds the share of the new ones against what it should be. */
  const share = async (percent) => {
    await only([...old, ...first]);
    const counted = () => {
      const seen = judge.seen("web");
      const of = (all) => all.reduce((sum, one) => sum + (seen.get(one) ?? 0), 0);
      return { news: of(pods), all: of(pods) + of(old) };
    };
    await until(`${SAMPLE} responses have come`, () => counted().all >= SAMPLE);
    const { news, all } = counted();
    const wanted = percent / 100;
    const most = SIGMAS * Math.sqrt(all * wanted * (1 - wanted));
    if (Math.abs(news - all * wanted) > most) {
      throw new Error(
        `${news} of ${all} responses are from Kubernetes; ${percent} % ± ${most.toFixed(0)} were announced`,
      );
    }
    tell(`  ${news} of ${all} responses are from Kubernetes: ${((100 * news) / all).toFixed(1)} %.`);
  };
  const first = pods.slice(0, 2);

  tell("The service web runs in Rancher, and as two pods in Kubernetes, which get nothing yet.");
  // Until Rancher has answered for the first time there is only Kubernetes: a branch that is not known yet is left out, whatever its weight.
  judge.announce("web", [...old, ...first]);
  traffic.start(EVERY_MS);
  tell("  /svc/web => 100 * /old/web & 0 * /new/web");
  await known("rancher", 2);
  await only(old);
  await answeredBy("web", old);
  await pause(LOOK_MS);
  const trees = (await stack.counts()).treeUpdates;

  for (const percent of [10, 50]) {
    tell(`${percent} % of the requests are moved ...`);
    alsoAllow(first);
    await names(`/svc/web => ${100 - percent} * /old/web & ${percent} * /new/web`);
    await share(percent);
  }

  tell("All pods go, as by a bad deployment ...");
  const moves = (await stack.counts()).treeUpdates;
  await stack.scaleNew(0);
  await until("there is nobody in Kubernetes", async () => (await stack.counts()).treeUpdates > moves);
  await only(old);
  await answeredBy("web", old);
  await pause(LOOK_MS);
  tell("  what was meant for them goes to Rancher.");
  tell("... and come back.");
  alsoAllow(first);
  await stack.scaleNew(2);
  await answeredBy("web", first);
  await share(50);

  tell("Everything is moved. Rancher stays where the requests go if there is nobody in Kubernetes ...");
  await names("/svc/web => /new/web | /old/web");
  await only(first);
  await answeredBy("web", first);
  await pause(LOOK_MS);
  tell("  only pods answer.");
  tell("A third pod ...");
  alsoAllow(pods);
  await stack.scaleNew(3);
  await answeredBy("web", pods);
  tell("  takes its share.");
  tell("All pods go once more ...");
  alsoAllow(old);
  await stack.scaleNew(0);
  await answeredBy("web", old);
  await only(old);
  await pause(LOOK_MS);
  tell("  Rancher has taken over.");
  tell("... and come back.");
  alsoAllow(pods);
  await stack.scaleNew(3);
  await answeredBy("web", pods);
  await only(pods);
  await pause(LOOK_MS);

  tell("The service in Rancher is removed ...");
  await stack.scaleOld(0);
  await pause(LOOK_MS);
  const { treeUpdates } = await stack.counts();
  const reloads = await stack.reloads();
  if (reloads !== 0) throw new Error(`the configuration was loaded anew ${reloads} times`);
  tell(`  nobody has noticed. The tree has moved ${treeUpdates - trees} times, and nothing was loaded anew.`);
}
