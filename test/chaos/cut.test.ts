import { randomInt } from "node:crypto";
import { describe, expect, it } from "vitest";
import { cut } from "./cut.ts";

/** `CHAOS_SEED` repeats a run. */
const seed = Number(process.env["CHAOS_SEED"] ?? randomInt(2 ** 31));

describe("chaos with the event path cut", () => {
  it("G3 transactional mail is doubled only with its note, mass mail ends unknown, late events correct it", {
    timeout: 400_000,
  }, async () => {
    const { violations, doubled, unknown, corrected } = await cut(seed, 60);
    expect(violations, `CHAOS_SEED=${seed}`).toEqual([]);
    // Otherwise no answer was lost, and nothing was tried
    expect(doubled + unknown + corrected, `CHAOS_SEED=${seed}`).toBeGreaterThan(0);
  });
});
