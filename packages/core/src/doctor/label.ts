import type { Ports } from "../ports/main.ts";

/** A label that no database has: 16 hexadecimal digits, nobody's guess. */
export const randomLabel = ({ random }: Pick<Ports, "random">): string =>
  `doctor-${Buffer.from(random.bytes(8)).toString("hex")}`;
