import { isDeepStrictEqual } from "node:util";
import {
  type AccessLogPlan,
  type AdminPlan,
  buildIdentifiers,
  buildInterpreter,
  buildTelemeters,
  type EnvFor,
  type Plan,
  type Planned,
  type RouterPlan,
} from "@namerkit/config";
import type { Telemeter, TelemeterPlugin } from "@namerkit/core";
import type { AssembledRouter, Assembly, ProxyEnv } from "../assembly.js";
import type { AccessLog } from "../telemetry/access-log.js";
import type { Reporting, Telemetry } from "../telemetry/telemetry.js";
import { type PlanChanges, planChanges, samePlanned } from "./changes.js";
import { RouterGeneration } from "./generation.js";
import { type Mount, mount, type Surroundings } from "./mount.js";
import { type PluginWorld, pluginEnvFor } from "./plugin-env.js";
import { Shared } from "./shared.js";
import type { SharedScopes, Tenancy } from "./shared-scopes.js";

/** A configuration that runs, or could at once. Holds its namers and telemeters until it is released. */
export interface Edition {
  readonly admin: AdminPlan;
  readonly document: unknown;
  readonly mount: Shared<Mount>;
  readonly reporting: Shared<Told>;
  readonly routers: readonly RouterGeneration[];
  /** Absent where it was not made of one. */
  readonly plan?: Plan;
}

interface Told extends Reporting {
  readonly telemeters: readonly {
    readonly planned?: Planned<TelemeterPlugin>;
    readonly telemeter: Shared<Telemeter>;
  }[];
  readonly logs: readonly { readonly label: string; readonly plan: AccessLogPlan; readonly log: Shared<AccessLog> }[];
}

/** Makes editions. */
export class Editions {
  readonly #env: ProxyEnv;
  readonly #scopes: SharedScopes;
  readonly #telemetry: Telemetry;

  constructor(env: ProxyEnv, scopes: SharedScopes, telemetry: Telemetry) {
    this.#env = env;
    this.#scopes = scopes;
    this.#telemetry = telemetry;
  }

  /** Of parts that are there already. */
  assembled({ admin, document = {}, mounted, routers, telemeters = [] }: Assembly): Edition {
    const reporting = this.#told(
      telemeters.map((telemeter) => ({ telemeter: this.#telemetry.share(telemeter) })),
      routers.map(({ plan }) => plan),
      undefined,
    );
    const mounts = new Shared<Mount>({ mounted, namers: [] }, () => {});
    const generations = routers.map((router) =>
      this.#generation(router, mounts, reporting, this.#scopes.tenancy(), () => {}),
    );
    return { admin, document, mount: mounts, reporting, routers: generations };
  }

  /**
   * Of a plan. What the edition before has of it is taken over as it is; that one goes on as if nothing had happened, and so it may
   * if this one is released at once. Throws what a plug-in throws; then nothing new is left.
   */
  planned(plan: Plan, world: PluginWorld, before?: Edition): { edition: Edition; changes: PlanChanges } {
    const changes = planChanges(before?.plan ?? nothing(plan), plan);
    // What has been made or held, the last of it first.
    const undo: (() => void)[] = [];
    try {
      const { inet } = world;
      const surroundings = this.#surroundingsOf(plan, world);
      const mounts =
        before !== undefined && changes.sameNamers
          ? before.mount.hold()
          : mount(plan, before?.plan?.baseDir === plan.baseDir ? before.mount.value : undefined, {
              inet,
              surroundings,
            });
      undo.unshift(() => mounts.release());
      const reporting = this.#reporting(plan, world, before);
      undo.unshift(() => reporting.release());
      const routers = plan.routers.map((router) => {
        const same = changes.routers.kept.includes(router.label);
        const kept = same ? before?.routers.find(({ label }) => label === router.label) : undefined;
        if (kept !== undefined) return kept;
        const around = surroundings();
        undo.unshift(() => around.end());
        const assembled = {
          plan: router,
          interpreter: buildInterpreter(router, mounts.value.mounted, around.envFor, { inet }),
          identifiers: buildIdentifiers(router, around.envFor),
        };
        const made = this.#generation(assembled, mounts, reporting, around.tenancy, around.end);
        undo.unshift(() => made.close());
        return made;
      });
      const { admin, document } = plan;
      return { edition: { admin, document, mount: mounts, reporting, routers, plan }, changes };
    } catch (thrown) {
      for (const one of undo) one();
      throw thrown;
    }
  }

  #generation(
    router: AssembledRouter,
    mounts: Shared<Mount>,
    reporting: Shared<Reporting>,
    tenancy: Tenancy,
    end: () => void,
  ): RouterGeneration {
    return new RouterGeneration(router, { ...this.#env, tenancy, mount: mounts, reporting, end });
  }

  #reporting(plan: Plan, world: PluginWorld, before: Edition | undefined): Shared<Told> {
    const known = before?.plan?.baseDir === plan.baseDir ? [...before.reporting.value.telemeters] : [];
    const telemeters: { planned: Planned<TelemeterPlugin>; telemeter: Shared<Telemeter> }[] = [];
    try {
      for (const planned of plan.telemetry) {
        const at = known.findIndex((one) => one.planned !== undefined && samePlanned(one.planned, planned));
        const [found] = at === -1 ? [] : known.splice(at, 1);
        telemeters.push({ planned, telemeter: found?.telemeter.hold() ?? this.#telemeter(planned, plan, world) });
      }
      return this.#told(telemeters, plan.routers, before?.reporting.value);
    } catch (thrown) {
      for (const { telemeter } of telemeters) telemeter.release();
      throw thrown;
    }
  }

  #telemeter(planned: Planned<TelemeterPlugin>, plan: Plan, world: PluginWorld): Shared<Telemeter> {
    const closing = new AbortController();
    const { clock, random, metrics } = this.#env;
    const envFor = pluginEnvFor(plan, { ...world, clock, random, metrics, shutdown: closing.signal });
    const [telemeter] = buildTelemeters({ telemetry: [planned] }, envFor, this.#env.metrics);
    if (telemeter === undefined) throw new TypeError("a telemeter of the plan has not been built");
    return this.#telemetry.share(telemeter, () => closing.abort());
  }

  #told(telemeters: Told["telemeters"], routers: readonly RouterPlan[], before: Told | undefined): Shared<Told> {
    const logs = this.#logs(routers, before);
    const reporting = this.#telemetry.reporting(
      telemeters.map(({ telemeter }) => telemeter.value),
      new Map(logs.map(({ label, log }) => [label, log.value])),
    );
    const end = () => {
      for (const { telemeter } of telemeters) telemeter.release();
      for (const { log } of logs) log.release();
    };
    return new Shared({ ...reporting, telemeters, logs }, end);
  }

  #logs(routers: readonly RouterPlan[], before: Told | undefined): Told["logs"] {
    return routers.flatMap(({ label, accessLog: plan }) => {
      if (plan === undefined) return [];
      const known = before?.logs.find((one) => one.label === label && isDeepStrictEqual(one.plan, plan));
      return [{ label, plan, log: known?.log.hold() ?? this.#telemetry.accessLog(label, plan) }];
    });
  }

  /** A function of its own, as it outlives the call: it must not hold the edition before, and so all editions before that. */
  #surroundingsOf(plan: Plan, world: PluginWorld) {
    return () => this.#surroundings(plan, world);
  }

  /** For plug-ins that begin and end together. */
  #surroundings(plan: Plan, world: PluginWorld): Surroundings & { tenancy: Tenancy; end: () => void } {
    const closing = new AbortController();
    const tenancy = this.#scopes.tenancy();
    const taken: { remove(): void }[] = [];
    const { clock, random } = this.#env;
    const { metrics } = tenancy;
    const inner = pluginEnvFor(plan, { ...world, clock, random, metrics, shutdown: closing.signal });
    const envFor: EnvFor = (prefix, scope) => {
      if (scope.role === "namer") taken.push(tenancy.metrics.scope(...scope.names));
      return inner(prefix, scope);
    };
    const end = () => {
      closing.abort();
      tenancy.retire();
      for (const scope of taken) scope.remove();
      tenancy.leave();
    };
    return { tenancy, envFor, end };
  }
}

/** What there is before the first configuration. */
function nothing({ baseDir, admin }: Plan): Omit<Plan, "document"> {
  return { baseDir, admin, namers: [], routers: [], telemetry: [] };
}
