import type { Id } from "../id.ts";

/**
 * What mail of a database can wait in line for: room in the daily limit of platform mail (R-LIM-4), or in the limits of
 * a server of its own (R-LIM-5, R-PERS-3).
 */
export type LineName = "platform" | Id<"server">;
