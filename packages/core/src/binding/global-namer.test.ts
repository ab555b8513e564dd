import { describe, expect, it } from "vitest";
import { Addr } from "../names/addr.js";
import { Path } from "../names/path.js";
import { Var } from "../values/var.js";
import { globalNamer } from "./global-namer.js";

function answer(text: string): unknown {
  const state = globalNamer({ inet: () => Var.value(Addr.neg) })(Path.parse(text)).run.sample();
  if (state.status === "failed") return state.error.code;
  if (state.status === "pending" || state.value.type !== "leaf")
    return state.status === "ok" ? state.value.type : "pending";
  const name = state.value.value;
  if (name.type === "path") return name.path.show();
  return [name.id.show(), name.residual.show(), name.addr.sample().type];
}

describe("globalNamer", () => {
  it.each<[string, unknown]>([
    ["/", "neg"],
    ["/$", "neg"],
    ["/svc/web", "neg"],
    ["/$/nil/x", "empty"],
    ["/$/empty", "empty"],
    ["/$/fail/x", "fail"],
    ["/$/no.such", "NAMER_UNKNOWN"],
    ["/$/constructor", "NAMER_UNKNOWN"],
    ["/$/inet", "NAMER_UNKNOWN"],
    ["/$/inet/web", "NAMER_UNKNOWN"],
    ["/$/inet/web/80/a/b", ["/$/inet/web/80", "/a/b", "neg"]],
    ["/$/fixedinet/web/80", ["/$/fixedinet/web/80", "/", "neg"]],
    ["/$/fixedinet/80", "NAMER_UNKNOWN"],
    ["/$/inet/8080/a", ["/$/inet/8080", "/a", "bound"]],
    ["/$/inet/::1/80", ["/$/inet/::1/80", "/", "failed"]],
    ["/$/inet/\\x5b::1\\x5d/80", ["/$/inet/\\x5b\\x3a\\x3a\\x31\\x5d/80", "/", "bound"]],
    ["/$/io.buoyant.rinet/80", "neg"],
    ["/$/io.buoyant.rinet/80/::1/a", ["/$/io.buoyant.rinet/80/::1", "/a", "bound"]],
    ["/$/io.buoyant.rinet/http/web", ["/$/io.buoyant.rinet/http/web", "/", "failed"]],
    ["/$/io.buoyant.http.status", "neg"],
    ["/$/io.buoyant.http.status/404/a", ["/$/io.buoyant.http.status/404", "/a", "bound"]],
    ["/$/io.buoyant.http.status/100", "neg"],
    ["/$/io.buoyant.http.status/600", "neg"],
    ["/$/io.buoyant.http.status/0404", "neg"],
    ["/$/io.buoyant.http.anyHost", "neg"],
    ["/$/io.buoyant.http.anyHost/a.b", "/"],
    ["/$/io.buoyant.http.domainToPath/a..b", "PATH_INVALID"],
    ["/$/io.buoyant.http.domainToPath/a.b./x", "/b/a/x"],
    ["/$/io.buoyant.http.domainToPath/./x", "/x"],
    ["/$/io.buoyant.http.anyMethodPfx/\\xff/GET/x", "/\\xff/x"],
    ["/$/io.buoyant.http.anyMethod/\\xff/x", "neg"],
    ["/$/io.buoyant.hostportPfx/p/h:80:/x", "/p/h/80/x"],
    ["/$/io.buoyant.hostportPfx/p/:80", "PATH_INVALID"],
    [`/$/io.buoyant.hostportPfx/p/h:${"a".repeat(64)}`, "neg"],
  ])("%s", (path, expected) => expect(answer(path)).toEqual(expected));
});
