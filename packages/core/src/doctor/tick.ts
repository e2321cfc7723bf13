import * as keys from "../keys.ts";
import type { Ports } from "../ports/main.ts";
import type { Store } from "../ports/store.ts";
import { type Finding, ill, well } from "./hop.ts";
import type { Look } from "./look.ts";

/** A process notes it at most so often, in ms: the cloud's tick comes once a minute. */
const between = 30_000;
/** So many ticks may be missed, and none is missed before so long, in ms. */
const missed = 5;
const shortest = 5 * 60_000;
/** What was only just started has its first tick soon: so long it is waited for, and looked for so often, in ms. */
const patience = 6_000;
const pause = 500;

const noted = new WeakMap<Store, number>();

/** Notes that a tick has come to its end. That it could not be noted is no failure of the tick. */
export async function note({ store, clock, log }: Pick<Ports, "store" | "clock" | "log">): Promise<void> {
  const now = clock.now();
  if (Math.abs(now - (noted.get(store) ?? 0)) < between) return;
  noted.set(store, now);
  try {
    await store.write({ update: keys.doctorTick, set: { at: now } });
  } catch (error) {
    log.warn("the tick was not noted", { operation: "tick", error });
  }
}

/** Whether the tick runs: what waits for its time, or was never put on a queue, goes on by nothing else. */
export async function tick({ ports }: Look): Promise<Finding> {
  const { clock, operator } = ports;
  const longest = Math.max(shortest, missed * operator.waits.tick * 1000);
  const end = clock.now() + patience;
  for (;;) {
    const at = await last(ports);
    if (clock.now() - at <= longest) return well("it has come to its end in the last minutes");
    if (clock.now() >= end) return silent(at === 0 ? undefined : clock.now() - at);
    await clock.sleep(pause);
  }
}

/** In ms; 0 = never. */
async function last({ store }: Pick<Ports, "store">): Promise<number> {
  return Number((await store.get(keys.doctorTick, { consistent: true }))?.["at"] ?? 0);
}

const silent = (ms: number | undefined): Finding =>
  ill(
    ms === undefined
      ? "no tick has come to its end yet"
      : `none came to its end for ${Math.round(ms / 60_000)} minutes`,
    "After a deployment ask again in a minute. Where it stays so, see the schedule of Tick (EventBridge) and its log.",
  );
