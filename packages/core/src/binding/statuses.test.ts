import { expect, it } from "vitest";
import { Dtab } from "../names/dtab.js";
import { NameTree } from "../names/nametree.js";
import { Path } from "../names/path.js";
import { Activity } from "../values/activity.js";
import { Var } from "../values/var.js";
import type { MountedNamer, SourceStatus } from "./namer.js";
import { statusesOf } from "./statuses.js";

function status(request: string): SourceStatus {
  return {
    state: "connecting",
    request,
    firstContactAt: undefined,
    lastContactAt: undefined,
    lastChangeAt: undefined,
    staleSince: undefined,
    lastError: undefined,
    counters: {},
  };
}

function mounted(prefix: string): MountedNamer {
  return {
    prefix: Path.parse(prefix),
    namer: {
      lookup: () => Activity.value(NameTree.neg),
      statusOf: (path) => Var.value(path.isEmpty ? undefined : status(`${prefix}${path.show()}`)),
    },
  };
}

const requests = (dtab: string, path: string): (string | undefined)[] =>
  statusesOf(Dtab.parse(dtab), Path.parse(path), [mounted("/#/a"), mounted("/#/b")])
    .sample()
    .map((one) => one.request);

it("finds the sources through the dtab, its alternatives and the built-in rewriters", () => {
  expect(requests("/svc => /#/a | /#/b", "/svc/web")).toEqual(["/#/a/web", "/#/b/web"]);
  expect(requests("/r => /#/a/http ; /svc => /$/io.buoyant.http.domainToPathPfx/r", "/svc/web.shop")).toEqual([
    "/#/a/http/shop/web",
  ]);
});

it("is empty where no namer is asked, and where a namer says nothing", () => {
  expect(requests("/svc => /$/inet/127.0.0.1/80", "/svc/web")).toEqual([]);
  expect(requests("/svc => /#/a", "/svc")).toEqual([]);
});

it("ends on a dtab that loops or grows", () => {
  expect(requests("/svc => /svc | /#/a", "/svc/web")).toEqual(["/#/a/web"]);
  expect(requests("/svc => /svc/more & /svc/other", "/svc/web")).toEqual([]);
});
