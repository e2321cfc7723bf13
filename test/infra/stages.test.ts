import { rm } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { deployed } from "../scale/idle.ts";
import { breaks } from "./breaks.ts";
import { broken } from "./broken.ts";
import { type CheckName, checks } from "./check/all.ts";
import type { Subject } from "./check/check.ts";
import { faults } from "./faults.ts";
import { install } from "./platform.ts";
import { all, readers } from "./stack.ts";
import { findings, repository, type Stage, stages, subject } from "./subject.ts";

/** The stages as they would be deployed, and production with everything of `breaks.ts` broken at once. */
const subjects = new Map<Stage | "broken", Subject>();
const names = Object.keys(stages) as Stage[];

let copy: string | undefined;

beforeAll(async () => {
  await install(repository);
  copy = await broken(breaks);
  const loads = [
    ...names.map((stage) => [stage, subject(stage)] as const),
    ["broken", subject("production", copy)] as const,
  ];
  await Promise.all(loads.map(async ([name, load]) => subjects.set(name, await load)));
}, 600_000);

afterAll(async () => {
  if (copy !== undefined) await rm(copy, { recursive: true, force: true });
});

const of = (name: Stage | "broken"): Subject => {
  const found = subjects.get(name);
  if (!found) throw new Error(`The stage ${name} was not loaded.`);
  return found;
};

describe("a stage of the infrastructure", () => {
  it.each(names)("%s has nothing against it", async (stage) => {
    expect(of(stage).stack.resources.length).toBeGreaterThan(100);
    expect(await findings(of(stage))).toEqual([]);
  });

  it("has as much as docs/cost.md has an idle installation pay for", () => {
    const { stack } = of("production");
    const count = (type: string): number => all(stack, type).length;
    expect({
      alarms: count("cloudwatch/metricAlarm:MetricAlarm"),
      dashboards: count("cloudwatch/dashboard:Dashboard"),
      keys: count("kms/key:Key"),
      schedules: count("scheduler/schedule:Schedule"),
      queues: readers(stack).length,
    }).toEqual(deployed);
  });
});

describe("a deploy", () => {
  it.each(breaks)("is found out by $check where $name", async ({ check, finds }) => {
    expect((await checks[check](of("broken"))).join("\n")).toContain(finds);
  });
});

describe("a check", () => {
  it.each(faults)("$check finds that $name", async ({ check, change, finds }) => {
    const spoilt = structuredClone(of("production").stack);
    change(spoilt);
    expect((await checks[check]({ ...of("production"), stack: spoilt })).join("\n")).toContain(finds);
  });

  it("environment finds a module that reads it where nobody looks", async () => {
    const [first, ...others] = of("production").bundles;
    if (!first) throw new Error("There is no bundle.");
    const stray = { ...first, modules: new Map([...first.modules, ["packages/core/src/x.ts", "process.env.HOME;"]]) };
    const found = await checks.environment({ ...of("production"), bundles: [stray, ...others] });
    expect(found.join("\n")).toContain("reads the environment in packages/core/src/x.ts");
  });

  it("has each a fault or a break that it finds", () => {
    const tried = new Set<CheckName>([...faults, ...breaks].map(({ check }) => check));
    expect(Object.keys(checks).filter((name) => !tried.has(name as CheckName))).toEqual([]);
  });
});
