import { expect, it } from "vitest";

/** A part of an example, as its table has it. */
export interface Part {
  readonly name: string;
  readonly after: readonly string[];
  command(at: unknown): readonly string[];
  health(at: unknown): string;
}

/** The same in a docker-compose.yml. */
export interface Service {
  readonly image: string;
  readonly build?: { readonly context?: string; readonly target?: string };
  readonly entrypoint?: readonly string[];
  readonly command: readonly string[];
  readonly user?: string;
  readonly privileged?: boolean;
  readonly security_opt?: readonly string[];
  readonly ports?: readonly string[];
  readonly volumes?: readonly string[];
  readonly networks?: unknown;
  readonly depends_on?: Readonly<Record<string, { readonly condition?: string }>>;
  readonly healthcheck: { readonly test: readonly string[]; readonly retries?: number };
}

/** Tests that a part is the same in a docker-compose.yml as in the table of the processes, and runs with as few rights as it can. */
export function isTheSamePart(service: Service, part: Part, layout: unknown): void {
  it("has the command of the process", () => {
    const { entrypoint = [], command } = service;
    expect([...entrypoint, ...command]).toEqual(part.command(layout));
  });

  it("waits for those that the process waits for", () => {
    const healthy = part.after.map((name) => [name, { condition: "service_healthy" }]);
    expect(service.depends_on ?? {}).toEqual(Object.fromEntries(healthy));
  });

  it("is not root, and can change nothing", () => {
    expect(service.user).toMatch(/^[1-9]\d*:[1-9]\d*$/);
    expect(service).toMatchObject({ read_only: true, cap_drop: ["ALL"], init: true });
    expect(service.security_opt).toEqual(["no-new-privileges:true"]);
    expect(service.privileged).toBeUndefined();
    for (const volume of service.volumes ?? []) expect(volume).toMatch(/:ro$/);
  });

  it("is reached from this machine alone", () => {
    for (const port of service.ports ?? []) expect(port).toMatch(/^127\.0\.0\.1:\$\{[A-Z_]+_PORT:-(\d+)\}:\1$/);
  });

  it("has a health check that is tried more than once", () => {
    expect(service.healthcheck.retries).toBeGreaterThan(1);
  });
}
