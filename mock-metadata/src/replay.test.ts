import { fixedRandom, ManualClock } from "@namerkit/core/testing";
import { describe, expect, it } from "vitest";
import { recordedWorld, recording, requestOf } from "./fixtures/recording.js";
import { differences, shapeOf, unlike } from "./fixtures/shape.js";
import { Metadata } from "./metadata.js";

function recordedMetadata(clock = new ManualClock()): Metadata {
  return new Metadata(recordedWorld, { clock, random: fixedRandom(0.1, 0.7, 0.4), xff: true });
}

const headersThatMatter = ["access-control-allow-origin", "content-type", "x-content-type-options"];

async function replayed(name: string, options: { readonly path?: string; readonly metadata?: Metadata } = {}) {
  const recorded = recording(name);
  const metadata = options.metadata ?? recordedMetadata();
  const ours = await metadata.handle(requestOf(recorded, options.path), "127.0.0.1");
  const theirs = new Headers(recorded.response.headers);
  expect(ours.status).toBe(recorded.response.status);
  for (const header of headersThatMatter)
    expect([header, ours.headers.get(header)]).toEqual([header, theirs.get(header)]);
  return { ours: await ours.text(), theirs: recorded.response.body };
}

describe("answers that hold nothing of their own are the recorded ones", () => {
  it.each([
    "root-text",
    "root-json",
    "latest-text",
    "service-by-index-text",
    "container-ip-text",
    "invalid-version-404",
    "not-found-json",
    "not-found-text",
    "self-no-container",
    "container-null-text",
    "labels-text",
    "label-value",
  ])("%s", async (name) => {
    const { ours, theirs } = await replayed(name);
    expect(ours).toBe(theirs);
  });

  it("without data, all is 404", async () => {
    const metadata = recordedMetadata();
    metadata.unload();
    const { ours, theirs } = await replayed("no-answers-404", { metadata });
    expect(ours).toBe(theirs);
  });
});

describe("answers about what runs have the recorded shape", () => {
  /** Told by Rancher of hosts on which it has measured them. */
  const ofSomeHosts = ["[].memory is missing", "[].milli_cpu is missing"];

  /** Told by Rancher of every container, and left out of the data that was made up for the recordings. */
  const made = (place: string) => [`${place}.network_from_container_uuid is added`];

  it.each([
    ["containers-json", made("[]")],
    ["containers-2015-12-19", made("[]")],
    ["hosts-json", ofSomeHosts],
    ["networks-json", []],
    ["services-json", made("[].containers[]")],
    ["services-2015-12-19", made("[].containers[]")],
    ["services-2015-07-25", []],
    ["service-by-name", made(".containers[]")],
    ["service-containers", made("[]")],
    ["stacks-json", made("[].services[].containers[]")],
    ["self-xff", made(".containers[]")],
  ])("%s", async (name, known) => {
    const { ours, theirs } = await replayed(name);
    expect(differences(shapeOf([JSON.parse(ours)]), shapeOf([JSON.parse(theirs)]))).toEqual(known);
  });

  const measured = ["[0].memory is undefined, not number", "[0].milli_cpu is undefined, not number"];

  it.each([
    ["containers-json", []],
    ["containers-2015-12-19", []],
    ["hosts-json", measured],
    ["networks-json", []],
    ["services-json", []],
    ["services-2015-12-19", []],
    ["services-2015-07-25", []],
    ["service-by-name", []],
    ["service-containers", []],
    ["stacks-json", []],
    ["self-xff", []],
  ])("%s: each field of each thing is null, empty or filled as the recorded one", async (name, known) => {
    const { ours, theirs } = await replayed(name);
    // Rancher's own labels are on every container; in the made-up data, only on the first.
    const found = unlike(JSON.parse(ours), JSON.parse(theirs)).filter(
      (one) => !/labels is object, not empty/.test(one),
    );
    expect(found).toEqual(known);
  });

  it("lists in text name what is in them", async () => {
    const { ours, theirs } = await replayed("containers-text");
    const line = /^\d=[a-z0-9-]+$/;
    expect(
      theirs
        .trimEnd()
        .split("\n")
        .every((one) => line.test(one)),
    ).toBe(true);
    expect(
      ours
        .trimEnd()
        .split("\n")
        .map((one, i) => [one.startsWith(`${i}=`), line.test(one)]),
    ).toEqual(Array.from({ length: 4 }, () => [true, true]));
    expect(ours.endsWith("\n")).toBe(true);
  });

  it.each(["version-json", "version-text", "version-2015-07", "version-2015", "version-2016"])("%s", async (name) => {
    const metadata = recordedMetadata();
    const { ours, theirs } = await replayed(name, { metadata });
    const uuid = /[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}/;
    expect(ours.replace(uuid, "")).toBe(theirs.replace(uuid, ""));
    expect(uuid.exec(ours)?.[0]).toBe(metadata.version);
  });

  it("tells containers what the recordings tell of the same ones", async () => {
    const { ours, theirs } = await replayed("containers-2015-12-19");
    const facts = (body: string) =>
      (JSON.parse(body) as Record<string, unknown>[])
        .map(({ name, hostname, ips, ports, primary_ip, state, health_state, service_name, stack_name, start_count }) =>
          JSON.stringify({
            name,
            hostname: hostname ?? name,
            ips,
            ports,
            primary_ip,
            state,
            health_state,
            service_name,
            stack_name,
            start_count: start_count ?? 1,
          }),
        )
        .sort();
    expect(facts(ours)).toEqual(facts(theirs));
  });
});

describe("long polls take as long as the recorded ones", () => {
  /** Sent at such a moment between two of the server's ticks that one of them falls on the recorded end. */
  async function poll(path: string, endAtMs: number, meanwhile?: (metadata: Metadata) => void) {
    const clock = new ManualClock();
    const metadata = recordedMetadata(clock);
    const tick = 5_000;
    if (meanwhile === undefined) await clock.advance((tick - (endAtMs % tick)) % tick);
    let answered: Response | undefined;
    const asked = new Request(`http://rancher-metadata${path.replace("{version}", metadata.version)}`);
    const answer = metadata.handle(asked, "127.0.0.1").then((response) => {
      answered = response;
      return response;
    });
    await clock.advance(endAtMs - 1);
    expect([answered?.status, metadata.waiting]).toEqual([undefined, 1]);
    await clock.advance(1);
    meanwhile?.(metadata);
    await clock.advance(0);
    expect(answered).toBeDefined();
    expect([metadata.waiting, clock.pending]).toEqual([0, 0]);
    return { metadata, response: await answer };
  }

  it("long-poll-timeout: the same value, at the first tick after maxWait", async () => {
    const recorded = recording("long-poll-timeout");
    const path = recorded.request.path.replace(/value=[^&]*/, "value={version}");
    const { metadata, response } = await poll(path, recorded.timing.endAtMs - 1);
    expect([response.status, await response.text()]).toEqual([recorded.response.status, metadata.version]);
  });

  it("long-poll-missing-key: 404, but only then", async () => {
    const recorded = recording("long-poll-missing-key");
    const { response } = await poll(recorded.request.path, recorded.timing.endAtMs);
    expect(response.status).toBe(recorded.response.status);
  });

  it("long-poll-change: at the reload", async () => {
    const recorded = recording("long-poll-change");
    const path = recorded.request.path.replace(/value=[^&]*/, "value={version}");
    const before: string[] = [];
    const { metadata, response } = await poll(path, recorded.timing.endAtMs, (one) => {
      before.push(one.version);
      one.reload();
    });
    expect(await response.text()).toBe(metadata.version);
    expect(before).not.toContain(metadata.version);
  });

  it("long-poll-old-value: at once", async () => {
    const metadata = recordedMetadata();
    const { ours } = await replayed("long-poll-old-value", { metadata });
    expect(JSON.parse(ours)).toBe(metadata.version);
  });

  it.each([
    ["1", 1_400],
    ["3", 5_000],
    ["7", 10_000],
    ["", 64_700],
    ["0", 64_700],
    ["soon", 64_700],
    ["600", 124_700],
  ])("maxWait=%s answered after %d ms", async (maxWait, endAtMs) => {
    const { metadata, response } = await poll(`/latest/version?wait=true&value={version}&maxWait=${maxWait}`, endAtMs);
    expect(await response.text()).toBe(metadata.version);
  });
});
