import {
  memoryMetrics,
  type PageAnswer,
  type PageContent,
  Path,
  type Telemeter,
  type TelemeterEnv,
} from "@namerkit/core";
import { ManualClock, recordingLog } from "@namerkit/testing";
import { describe, expect, it } from "vitest";
import { finishedRequest } from "../../test/finished-request.js";
import { htmlPage } from "../admin/html-page.js";
import { recentRequestsTelemeter } from "./recent-requests.js";
import { traceLogTelemeter } from "./trace-log.js";

function surroundings(random: () => number = () => 0.5) {
  const clock = new ManualClock();
  const log = recordingLog();
  const metrics = memoryMetrics({ clock });
  const env: TelemeterEnv = { clock, log, metrics, registry: metrics, random, prefix: Path.empty, baseDir: "." };
  return { log, env };
}

async function page(telemeter: Telemeter, path: string): Promise<PageAnswer & { readonly body: string }> {
  const found = telemeter.pages?.find((one) => one.path === path);
  const { signal } = new AbortController();
  const look = (content: PageContent) => htmlPage(content, path, []);
  const request = { method: "GET", query: new URLSearchParams(), host: "l5d", signal, page: look };
  const answer = await found?.handle(request);
  if (answer === undefined || typeof answer.body !== "string") throw new Error(`no page ${path}`);
  return { ...answer, body: answer.body };
}

describe("recent requests [parity: recent-requests]", () => {
  it("are the last ones, the newest first, without their queries", async () => {
    const telemeter = recentRequestsTelemeter.create({ sampleRate: 1, capacity: 3 }, surroundings().env);
    expect((await page(telemeter, "/requests.json")).body).toBe("[]");
    expect((await page(telemeter, "/requests")).body).toContain("None yet.");
    for (const nth of [1, 2, 3, 4, 5])
      telemeter.observer?.finished(finishedRequest({ target: `/${nth}?token=secret` }));
    const { body } = await page(telemeter, "/requests.json");
    expect(JSON.parse(body).map(({ path }: { path: string }) => path)).toEqual(["/5", "/4", "/3"]);
    expect(JSON.parse(body)[0]).toEqual({
      timestamp: "2026-05-02T10:20:30.000Z",
      durationMs: 12.5,
      source: "10.1.2.3:4567",
      server: "0.0.0.0/4140",
      router: "http",
      method: "GET",
      authority: "web",
      path: "/5",
      status: 200,
      logicalName: "/svc/web",
      concreteName: "/#/io.l5d.fs/web",
      destination: "10.9.8.7:8080",
      retries: 0,
      traceId: "463ac35c9f6413ad",
      error: null,
    });
  });

  it("are a table whose names lead to how they are resolved, and in which nothing of a request is markup", async () => {
    const telemeter = recentRequestsTelemeter.create({ sampleRate: 1, capacity: 10 }, surroundings().env);
    const evil = `<script>alert('"&')</script>`;
    telemeter.observer?.finished(
      finishedRequest({
        target: evil,
        authority: evil,
        method: evil,
        service: evil,
        remote: evil,
        error: evil,
        status: 0,
      }),
    );
    telemeter.observer?.finished(finishedRequest({ service: undefined, client: undefined, address: undefined }));
    const { body, type } = await page(telemeter, "/requests");
    expect(body).not.toContain("<script");
    expect(body).not.toContain("alert('");
    expect(body.match(/<tr>/g)).toHaveLength(3);
    expect(body.match(/<td[ >]/g)).toHaveLength(20);
    expect(body).toContain('<a href="delegator?router=http&amp;path=%2F%23%2Fio.l5d.fs%2Fweb">/#/io.l5d.fs/web</a>');
    for (const column of ["Timestamp", "Source", "Server", "Router", "Logical Name", "Concrete Name", "Destination"]) {
      expect(body).toContain(`<th scope="col">${column}</th>`);
    }
    expect(type).toBe("text/html; charset=utf-8");
  });

  it("are sampled, and the share has to be said", async () => {
    let draw = 0;
    const { env } = surroundings(() => draw);
    const telemeter = recentRequestsTelemeter.create({ sampleRate: 0.5, capacity: 10 }, env);
    for (const next of [0, 0.49, 0.5, 0.99]) {
      draw = next;
      telemeter.observer?.finished(finishedRequest());
    }
    expect(JSON.parse((await page(telemeter, "/requests.json")).body)).toHaveLength(2);
    const read = recentRequestsTelemeter.config?.["~standard"].validate;
    expect(await read?.({})).toEqual({ issues: [{ message: "sampleRate is missing", path: ["sampleRate"] }] });
    expect(await read?.({ sampleRate: 1 })).toEqual({ value: { sampleRate: 1, capacity: 10 } });
    expect(recentRequestsTelemeter.jsonSchema).toMatchObject({ required: ["sampleRate"] });
  });
});

describe("the trace log [parity: tracelog]", () => {
  it("has a line for each request, at the level that is asked for, without queries", () => {
    for (const [level, expected] of [
      ["INFO", "info"],
      ["WARNING", "warn"],
      ["FATAL", "error"],
      ["ALL", "trace"],
    ] as const) {
      const { env, log } = surroundings();
      traceLogTelemeter.create({ sampleRate: 1, level }, env).observer?.finished(finishedRequest());
      expect(log.lines).toHaveLength(1);
      expect(log.lines[0]).toMatchObject({
        level: expected,
        message: "GET /x 200",
        fields: { trace: "463ac35c9f6413ad", span: "00000000000000bb", service: "/svc/web", ms: 12.5 },
      });
      expect(JSON.stringify(log.lines)).not.toContain("secret");
    }
  });

  it("is silent when it is off, and for traces that are not sampled", () => {
    const { env, log } = surroundings();
    traceLogTelemeter.create({ sampleRate: 1, level: "OFF" }, env).observer?.finished(finishedRequest());
    traceLogTelemeter.create({ sampleRate: 0, level: "INFO" }, env).observer?.finished(finishedRequest());
    expect(log.lines).toEqual([]);
  });
});
