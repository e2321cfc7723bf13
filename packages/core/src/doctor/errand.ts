import * as z from "zod";
import type { Ports } from "../ports/main.ts";
import type { Item } from "../ports/store.ts";
import { type Finding, ill, pending, well } from "./hop.ts";
import * as Probe from "./probe.ts";

/** The queues that mail waits in; each has a trigger of its own that may be off. */
const lanes = ["dispatch", "mass", "external"] as const;

const schema = z.strictObject({ probe: z.string(), lane: z.enum(lanes) });
/** A job of the doctor's among those of mail. Nothing is sent for it: that it came is noted. */
export type Errand = z.infer<typeof schema>;

/** What a message of a queue of mail is, where it is the doctor's; undefined where it is not. */
export const read = (body: unknown): Errand | undefined => schema.safeParse(body).data;

/** Puts one on each queue. */
export async function send({ queue }: Pick<Ports, "queue">, probe: Probe.ProbeId): Promise<void> {
  const put = (lane: (typeof lanes)[number]) =>
    queue.send(lane, [
      { body: { probe, lane } satisfies Errand, group: "doctor", ...(lane === "external" && { deduplication: probe }) },
    ]);
  await Promise.all(lanes.map(put));
}

/** Notes that the function took it. */
export const arrive = (ports: Pick<Ports, "store" | "clock">, { probe, lane }: Errand): Promise<void> =>
  Probe.note(ports, probe, { [at(lane)]: ports.clock.now() });

/** Waits until all are through, at most until a moment (ms), and says how it stands then. */
export const wait = async (ports: Ports, id: Probe.ProbeId, end: number): Promise<Finding> =>
  finding(ports, id, await Probe.until(ports, id, end, (item) => left(item).length === 0));

const at = (lane: string): string => `${lane}_at`;
const left = (item: Item): string[] => lanes.filter((lane) => item[at(lane)] === undefined);

/** How those of a probe stand. */
export function finding({ clock }: Pick<Ports, "clock">, id: string, item: Item): Finding {
  const missing = left(item);
  const sent = Number(item["sent_at"]);
  if (missing.length === 0) {
    const slowest = Math.max(...lanes.map((lane) => Number(item[at(lane)])));
    return well(`a job went through ${lanes.join(", ")} in ${(Math.max(0, slowest - sent) / 1000).toFixed(1)} s`);
  }
  if (clock.now() - sent < Probe.longest)
    return pending(`no job is through ${missing.join(", ")} yet`, Probe.askAgain(id));
  return ill(
    `in ten minutes no job came through ${missing.join(", ")}`,
    "A queue that `queues` shows to be long is worked off in its time; else see the queue's trigger (event source mapping), and the log of Dispatch.",
  );
}
