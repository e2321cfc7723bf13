import { randomBytes } from "node:crypto";
import type { Random } from "@posthouse/core/ports/random";

/** The operating system's cryptographic randomness. */
export const random: Random = { bytes: (count) => randomBytes(count) };
