import { miscounted } from "./counted.ts";
import { doubled } from "./doubled.ts";
import { eventsLost } from "./events.ts";
import type { Evidence } from "./evidence.ts";
import { overLimit, underLimit } from "./limit.ts";
import { lost } from "./lost.ts";
import { untold } from "./told.ts";

/** What a run has broken, by guarantee: nothing, or each case in words. */
export type Violations = Readonly<Record<"G1" | "G2" | "G3" | "G4", readonly string[]>>;

export const check = (evidence: Evidence): Violations => ({
  G1: lost(evidence),
  G2: [...overLimit(evidence), ...underLimit(evidence, "tight")],
  G3: doubled(evidence),
  G4: [...eventsLost(evidence), ...miscounted(evidence), ...untold(evidence)],
});
