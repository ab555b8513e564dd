import { describe, expect, it } from "vitest";
import type { StandardSchema } from "../binding/roles.js";
import { NamerError } from "../errors.js";
import {
  checkSourceOptions,
  sourceJsonSchemaProperties,
  sourceOptionFields,
  splitSourceOptions,
  withSourceOptions,
} from "./source-fields.js";
import { completeSourceOptions, defaultSourceOptions } from "./source-options.js";

describe("source options", () => {
  it("have the documented defaults", () => {
    expect(defaultSourceOptions).toEqual({
      firstAnswerMs: 5_000,
      maxStaleMs: undefined,
      whenUnavailable: "failed",
      lingerMs: 10_000,
      emptyGraceMs: 0,
      snapshotFile: undefined,
      maxKeys: 10_000,
      negativeMs: 5_000,
      backoff: { baseMs: 100, factor: 2, capMs: 10_000, healthyMs: 30_000, retryAfterCapMs: 60_000 },
      pace: { burst: 5, perSecond: 2 },
    });
  });

  it("complete what is missing or undefined, inside the back-off too", () => {
    expect(completeSourceOptions()).toEqual(defaultSourceOptions);
    const options = completeSourceOptions({ lingerMs: undefined, maxStaleMs: 7, backoff: { capMs: 1 } });
    expect(options).toEqual({
      ...defaultSourceOptions,
      maxStaleMs: 7,
      backoff: { ...defaultSourceOptions.backoff, capMs: 1 },
    });
  });

  it("are separated from a namer's own fields", () => {
    const config = { host: "h", lingerMs: 0, whenUnavailable: "neg", snapshotFile: "f.json", maxStaleMs: undefined };
    expect(splitSourceOptions(config)).toEqual({
      source: { lingerMs: 0, whenUnavailable: "neg", snapshotFile: "f.json" },
      rest: { host: "h" },
    });
    expect(config.host).toBe("h");
  });

  it("are checked: the error has code NAMER_CONFIG and names every field that is wrong", () => {
    const wrong: [string, unknown][] = [
      ["firstAnswerMs", 0],
      ["firstAnswerMs", "5s"],
      ["lingerMs", -1],
      ["lingerMs", 1.5],
      ["maxStaleMs", Number.NaN],
      ["emptyGraceMs", Number.POSITIVE_INFINITY],
      ["whenUnavailable", "fail"],
      ["whenUnavailable", null],
      ["snapshotFile", ""],
      ["snapshotFile", 7],
    ];
    for (const [field, value] of wrong) {
      expect(checkSourceOptions({ [field]: value }).issues).toMatchObject([{ path: [field] }]);
      expect(() => splitSourceOptions({ [field]: value })).toThrow(NamerError);
      expect(() => splitSourceOptions({ [field]: value })).toThrow(`${field}: expected`);
    }
    try {
      splitSourceOptions({ lingerMs: "x", firstAnswerMs: "y" });
      expect.unreachable();
    } catch (error) {
      expect(error).toMatchObject({ code: "NAMER_CONFIG" });
      expect(String(error)).toMatch(/firstAnswerMs: .*lingerMs: /);
    }
  });

  it("do not take a field that there is not yet", () => {
    expect(splitSourceOptions({ retryMs: 7 }).rest).toEqual({ retryMs: 7 });
  });

  it("are described for editors, one property for each field", () => {
    expect(Object.keys(sourceJsonSchemaProperties)).toEqual(sourceOptionFields.map((field) => field.name));
    expect(sourceJsonSchemaProperties.whenUnavailable).toMatchObject({ enum: ["failed", "neg"], default: "failed" });
    expect(sourceJsonSchemaProperties.snapshotFile).toMatchObject({ type: "string", minLength: 1 });
    expect(sourceJsonSchemaProperties.maxStaleMs).not.toHaveProperty("default");
  });
});

describe("withSourceOptions", () => {
  const strict: StandardSchema<{ host: string }> = {
    "~standard": {
      version: 1,
      vendor: "test",
      validate: (value) => {
        const { host, ...others } = value as Record<string, unknown>;
        if (Object.keys(others).length > 0)
          return { issues: [{ message: "unknown", path: [String(Object.keys(others))] }] };
        return typeof host === "string" ? { value: { host } } : { issues: [{ message: "no host", path: ["host"] }] };
      },
    },
  };
  const validate = async (value: unknown) => withSourceOptions(strict)["~standard"].validate(value);

  it("lets even a strict schema see only its own fields, and gives ours apart", async () => {
    expect(await validate({ host: "h", lingerMs: 3 })).toEqual({ value: { host: "h", source: { lingerMs: 3 } } });
    expect(await validate({ host: "h" })).toEqual({ value: { host: "h", source: {} } });
  });

  it("collects what is wrong with both", async () => {
    const { issues } = await validate({ lingerMs: "3" });
    expect(issues?.map((issue) => issue.path)).toEqual([["lingerMs"], ["host"]]);
    expect((await validate({ host: "h", lingerMs: "3" })).issues?.length).toBe(1);
    expect((await validate({ host: "h", typo: 1 })).issues).toMatchObject([{ path: ["typo"] }]);
  });
});
