import type { Version } from "../database/version.ts";
import type { Head } from "../email/head.ts";
import { reserve } from "../limit/reserve.ts";
import type { Ports } from "../ports/main.ts";
import type { Write } from "../ports/store.ts";
import { type InHand, remaining } from "./hand.ts";

/**
 * Changes a head together with its share of the daily limit (R-LIM-3).
 * @param actions the head's first, given what the head then says of its charge.
 * @returns that; undefined when somebody was faster.
 * @throws AppError as `reserve` does.
 */
export async function charge(
  ports: Pick<Ports, "store" | "clock" | "random">,
  version: Version,
  inHand: InHand,
  actions: (set: Partial<Head>) => readonly Write[],
): Promise<Partial<Head> | undefined> {
  const count = remaining(inHand);
  let charged: Partial<Head> | undefined;
  await reserve(ports, version, {
    count,
    kind: inHand.head.kind,
    actions: (day) => {
      charged = { charged_day: day, charged_n: count };
      return actions(charged);
    },
    refused: () => {
      charged = undefined;
    },
  });
  return charged;
}
