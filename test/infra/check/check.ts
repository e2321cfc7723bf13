import type { Bundle } from "../source.ts";
import type { Stack } from "../stack.ts";

/** What is looked at: a stage as it would be deployed, and the code that would run there. */
export interface Subject {
  readonly root: string;
  readonly stack: Stack;
  readonly bundles: readonly Bundle[];
  /** What the operator says of the stage: `.env.<stage>`. */
  readonly settings: Readonly<Record<string, string>>;
  /** Stages that customers' mail depends on. */
  readonly isPermanent: boolean;
  /** Every setting of `.env.example` was given: all that code reads must be there. */
  readonly isWhole: boolean;
}

/** Says what is wrong, a sentence each; nothing = all is well. Pure but for reading files of the repository. */
export type Check = (subject: Subject) => readonly string[] | Promise<readonly string[]>;
