import { type Clock, Path, systemClock } from "@namerkit/core";
import { listen, Metadata } from "@namerkit/mock-metadata";
import { rancherNamer } from "@namerkit/rancher";
import { createLedger, fixedRandom, ManualClock, testEnv, until } from "@namerkit/testing";
import {
  createPlayer,
  parseRecording,
  playerDispatcher,
  type Recording,
  startRecorder,
} from "@namerkit/testing/record";
import { expect, it } from "vitest";

const description = `
stacks:
  shop:
    services:
      web: { scale: 1 }
      api: { scale: 2 }
`;

interface Told {
  readonly at: number;
  readonly what: string;
}

/** Everything that an observer of both levels is told by a namer, and when. */
function follow(clock: Clock, port: number, dispatcher?: object) {
  const startedAt = clock.now();
  const told: Told[] = [];
  const tell = (what: string): void => void told.push({ at: clock.now() - startedAt, what });
  const ledger = createLedger({ clock, sockets: "own" });
  const env = { ...testEnv({ random: fixedRandom(0.5) }), clock: ledger.clock, ...(dispatcher && { dispatcher }) };
  const namer = ledger.namer(rancherNamer({ host: "127.0.0.1", port, maxWait: 20, lingerMs: 0 }, env));
  let inner: { close(): void } | undefined;
  const outer = namer.lookup(Path.parse("/80/shop/web")).run.observe((state) => {
    if (state.status !== "ok") tell(state.status);
    else if (state.value.type !== "leaf" || state.value.value.type !== "bound") tell(state.value.type);
    else {
      tell(state.value.value.id.show());
      inner?.close();
      inner = state.value.value.addr.observe((addr) => {
        tell(
          addr.type === "bound"
            ? addr.addresses
                .map(({ ip }) => ip)
                .sort()
                .join(" ")
            : addr.type,
        );
      });
    }
  });
  /** Closes, and makes sure that nothing of the namer is left. */
  const close = async (): Promise<void> => {
    outer.close();
    inner?.close();
    await ledger.drained();
    ledger.assertEmpty();
    ledger.close();
  };
  return { told, ledger, close };
}

const countOf = (told: readonly Told[]): number => told.at(-1)?.what.split(" ").length ?? 0;

/** A Rancher namer follows a service that scales, stops and starts again, in real time. */
async function recorded(): Promise<{
  readonly recording: Recording;
  readonly told: readonly Told[];
  readonly port: number;
}> {
  const metadata = new Metadata(description, { clock: systemClock, random: Math.random });
  await using server = await listen(metadata);
  const lines: string[] = [];
  await using recorder = await startRecorder({
    upstream: `http://127.0.0.1:${server.port}`,
    to: (line) => lines.push(line),
  });
  const seen = follow(systemClock, recorder.port);
  await until(() => countOf(seen.told) === 1 && metadata.waiting === 1, { what: "the first answer" });
  metadata.scale("shop/web", 3);
  await until(() => countOf(seen.told) === 3 && metadata.waiting === 1, { what: "three addresses" });
  metadata.stop("shop/web");
  await until(() => seen.told.at(-1)?.what === "neg" && metadata.waiting === 1, { what: "none" });
  metadata.start("shop/web");
  await until(() => countOf(seen.told) === 3 && metadata.waiting === 1, { what: "three again" });
  expect(new Set(seen.ledger.open.map(({ kind }) => kind))).toEqual(new Set(["observer", "socket", "timer"]));
  await seen.close();
  await until(() => metadata.waiting === 0, { what: "no poll any more" });
  await recorder.close();
  return { recording: parseRecording(lines.join("\n")), told: seen.told, port: recorder.port };
}

async function replayed(recording: Recording, port: number): Promise<readonly Told[]> {
  const clock = new ManualClock();
  const player = createPlayer(recording);
  const seen = follow(clock, port, playerDispatcher(player, { clock }));
  const last = recording.exchanges.at(-1);
  await clock.advance((last?.atMs ?? 0) + 1_000);
  await seen.close();
  player.assertFinished();
  expect(clock.pending).toBe(0);
  return seen.told;
}

it("what a Rancher namer was told in real time, it is told again from the recording, the same in every run", async () => {
  const { recording, told, port } = await recorded();
  const first = await replayed(recording, port);
  expect(first.map(({ what }) => what)).toEqual(told.map(({ what }) => what));
  expect(told.length).toBeGreaterThan(6);
  expect(await replayed(recording, port)).toEqual(first);
});
