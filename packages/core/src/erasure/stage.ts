import type { Version } from "../database/version.ts";
import type { Ports } from "../ports/main.ts";
import type { Needle } from "./needle.ts";
import type { ErasureRecord, Removed } from "./record.ts";

/** What an erasure works on. */
export interface Work {
  readonly version: Version;
  readonly needle: Needle;
  /** Where the stage was left. */
  readonly cursor: string | undefined;
  /** ms: when it was asked for. What was made later is not its business. */
  readonly before: number;
  readonly record: Pick<ErasureRecord, "suppressions" | "passes">;
}

/** What one step of a stage has done. */
export interface Step {
  readonly removed?: Partial<Removed>;
  readonly kept?: ErasureRecord["kept"];
  /** Emails that could not be erased yet. */
  readonly waiting?: number;
  /** Where the stage goes on; undefined at its end. */
  readonly next: string | undefined;
}

/** One kind of thing that an address is erased from, step by step. Each step may be repeated. */
export type Stage = (ports: Ports, work: Work) => Promise<Step>;
