import { describe, expect, it } from "vitest";
import { checkOptions, type RancherOptions, rancherConfig, rancherJsonSchema } from "./config.js";

const validate = async (value: unknown) => rancherConfig["~standard"].validate(value);

describe("the configuration", () => {
  it("needs nothing", () => {
    expect(checkOptions({})).toEqual({
      host: "rancher-metadata",
      port: 80,
      apiVersion: "2015-12-19",
      maxWait: 30,
      portMappings: {},
      useHealthCheck: true,
      failOpen: false,
      includeStarting: false,
      excludeSystem: false,
      publishedPorts: false,
      portLabelPrefix: "io.l5d.port.",
      weightLabel: "io.l5d.weight",
      containerLabels: [],
      hostLabels: [],
      allowLoopback: false,
      source: {},
    });
  });

  it("takes all fields of ours and of every namer", async () => {
    const options: RancherOptions = {
      host: "169.254.169.250",
      port: 8080,
      apiVersion: "latest",
      maxWait: 600,
      portMappings: { web: 8080, HTTP: 8081 },
      useHealthCheck: false,
      failOpen: true,
      includeStarting: true,
      excludeSystem: true,
      publishedPorts: true,
      portLabelPrefix: "port.",
      weightLabel: "",
      containerLabels: ["version"],
      hostLabels: ["zone"],
      allowLoopback: true,
      firstAnswerMs: 1,
      whenUnavailable: "neg",
    };
    const { firstAnswerMs, whenUnavailable, ...own } = options;
    expect(checkOptions(options)).toEqual({ ...own, source: { firstAnswerMs, whenUnavailable } });
    expect(await validate(options)).toEqual({ value: checkOptions(options) });
  });

  it.each([
    [{ maxWait: 0 }, "maxWait"],
    [{ maxWait: 1.5 }, "maxWait"],
    [{ maxWait: "30" }, "maxWait"],
    [{ port: 0 }, "port"],
    [{ port: 65_536 }, "port"],
    [{ host: "" }, "host"],
    [{ host: "http://rancher-metadata" }, "host"],
    [{ host: "user:secret@rancher" }, "host"],
    [{ host: "rancher/x" }, "host"],
    [{ host: "fe80::1%eth0" }, "host"],
    [{ apiVersion: "2015-12-20" }, "apiVersion"],
    [{ portMappings: { web: 0 } }, "portMappings.web"],
    [{ portMappings: { "80": 8080 } }, "portMappings.80"],
    [{ portMappings: { web: 1, WEB: 2 } }, "portMappings.WEB"],
    [{ allowLoopback: "yes" }, "allowLoopback"],
    [{ hostLabels: "zone" }, "hostLabels"],
    [{ hostLabels: ["zone", "nodeName"] }, "hostLabels.1"],
    [{ containerLabels: [""] }, "containerLabels.0"],
    [{ weightLabel: 1 }, "weightLabel"],
    [{ firstAnswerMs: 0 }, "firstAnswerMs"],
  ])("refuses %j", async (options, field) => {
    const result = await validate(options);
    expect(result.issues?.map(({ path }) => path?.join("."))).toEqual([field]);
    expect(() => checkOptions(options as never)).toThrow(
      expect.objectContaining({ code: "NAMER_CONFIG", message: expect.stringContaining(field.replaceAll(".", ": ")) }),
    );
  });

  it("refuses keys that there are not", async () => {
    expect((await validate({ maxwait: 30 })).issues?.[0]?.message).toContain("maxwait");
  });

  it("says the same in JSON Schema", () => {
    expect(rancherJsonSchema).toMatchObject({
      type: "object",
      additionalProperties: false,
      properties: {
        maxWait: { type: "integer", minimum: 1, default: 30 },
        apiVersion: { enum: ["2015-07-25", "2015-12-19", "2016-07-29", "latest"] },
        portMappings: { additionalProperties: { type: "integer", minimum: 1, maximum: 65_535 } },
        firstAnswerMs: { type: "integer", minimum: 1 },
      },
    });
    expect(rancherJsonSchema).not.toHaveProperty("required");
  });
});
