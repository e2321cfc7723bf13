import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { of, read } from "./schedule.ts";

/** A Monday. */
const now = Date.parse("2026-11-23T10:07:30.500Z");
const understood = async (text: string) => new Date(await read(text, now)).toISOString();

describe("a time to send at", () => {
  it.each([
    ["2026-12-01T08:00:00Z", "2026-12-01T08:00:00.000Z"],
    ["2026-12-01T08:00:00.1234567+02:00", "2026-12-01T06:00:00.123Z"],
    ["2026-12-01T08:00", "2026-12-01T08:00:00.000Z"],
    ["2026-12-01 08:00:00.5+00", "2026-12-01T08:00:00.500Z"],
    ["2026-12-01 08:00 -0530", "2026-12-01T13:30:00.000Z"],
    ["2026-12-01", "2026-12-01T00:00:00.000Z"],
    ["in 1 min", "2026-11-23T10:08:30.500Z"],
    ["In 1 hour ", "2026-11-23T11:07:30.500Z"],
    ["tomorrow at 9am", "2026-11-24T09:00:00.000Z"],
    ["next monday 10:00", "2026-11-30T10:00:00.000Z"],
    ["friday 5pm EST", "2026-11-27T22:00:00.000Z"],
    ["at 9am", "2026-11-24T09:00:00.000Z"],
    ["on Dec 2 at noon", "2026-12-02T12:00:00.000Z"],
  ])("%s", async (text, at) => {
    expect(await understood(text)).toBe(at);
  });

  it("just past is now; what nobody said is now", async () => {
    expect(await of({}, now)).toBeUndefined();
    expect(await of({ scheduled_at: "now" }, now)).toBeUndefined();
    expect(await of({ scheduled_at: new Date(now - 59_000).toISOString() }, now)).toBeUndefined();
    expect(await of({ scheduled_at: new Date(now + 1).toISOString() }, now)).toBe(now + 1);
  });

  it.each([
    ["2026-11-23T10:06:30Z", "2026-11-23T10:06:30.000Z, which is past"],
    ["yesterday", "2026-11-22T10:07:30.500Z, which is past"],
    ["2026-12-23T10:07:31Z", "2026-12-23T10:07:31.000Z, which is more than 30 days ahead"],
    ["in 3 months", "2027-02-23T10:07:30.500Z, which is more than 30 days ahead"],
    ["2026-02-30T10:00:00Z", "no time that can be read"],
    ["2026-12-01T25:00:00Z", "no time that can be read"],
    ["2026-13-01", "no time that can be read"],
    ["soonish", "no time that can be read"],
    ["", "no time that can be read"],
    // Half of it is understood, and the other half might be what mattered
    ["tomorrow at 9am Europe/Berlin", "no time that can be read"],
    ["tomorrow 9am or friday 8am", "no time that can be read"],
    ["tomorrow 10:00 - 12:00", "no time that can be read"],
    ["not tomorrow", "no time that can be read"],
  ])("%s is refused, and the answer says how it was understood", async (text, why) => {
    await expect(read(text, now)).rejects.toMatchObject({
      name: "invalid_parameter",
      message: expect.stringContaining(why),
      details: { field: "scheduled_at" },
    });
  });

  it("whatever the text, it is a time within the next 30 days or refused", async () => {
    const words = fc.array(
      fc.constantFrom(
        "in",
        "1",
        "99999999",
        "min",
        "tomorrow",
        "at",
        "9am",
        "monday",
        "25:61",
        "ago",
        "UTC+99",
        "2026",
      ),
      { maxLength: 6 },
    );
    const text = fc.oneof(
      words.map((each) => each.join(" ")),
      fc.string({ unit: "binary", maxLength: 40 }),
    );
    await fc.assert(
      fc.asyncProperty(text, async (text) => {
        const at = await read(text, now).catch((error: Error) => error.name);
        if (typeof at === "string") expect(at).toBe("invalid_parameter");
        else expect(at >= now - 60_000 && at <= now + 30 * 86_400_000).toBe(true);
      }),
      { numRuns: 500 },
    );
  });
});
