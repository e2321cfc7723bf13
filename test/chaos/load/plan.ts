import type { Seeded } from "../../support/seeded.ts";
import { type Body, mail, type Planned, raw } from "./mail.ts";

/** How often a request is what, in percent. */
const share = { twin: 5, batch: 4, raw: 5, scheduled: 5, canceled: 5 } as const;
/** Mails of a batch at most. */
const batchSize = 40;

/** Later than the load ends: a request that is repeated is not to ask for a time that is past. */
const soonest_ms = 4 * 3_600_000;

/** Requests that send so many mails in all, or a few more. @param from the product's time, in ms, when they begin */
export function plan(random: Seeded, mails: number, from: number): Planned[] {
  const requests: Planned[] = [];
  for (let count = 0; count < mails; count += requests.at(-1)?.mails ?? 0)
    requests.push(planned(random, requests.length, from));
  return requests;
}

/**
 * Which database: `shop` goes over the platform and never reaches its limit, `tight` refuses at its limit, `patient`
 * holds, `post` has a server of its own. `tight` gives nothing back, so that it is to be exactly full.
 */
function planned(random: Seeded, n: number, from: number): Planned {
  const percent = random.below(100);
  const database = percent < 45 ? "shop" : percent < 60 ? "tight" : percent < 70 ? "patient" : "post";
  const says = (what: keyof typeof share): boolean => random.below(100) < share[what];
  const twin = says("twin");
  const one = { n, database, twin, cancel: false, mails: 1, type: "application/json" } as const;
  const body = mail(random, database, `${n}`);
  const single = { ...one, path: "/v1/emails", content: JSON.stringify(body) };
  if (database === "tight") return single;
  if (says("batch")) return { ...one, ...batch(random, database, n) };
  if (says("raw")) return { ...one, ...raw(body) };
  if (says("scheduled")) {
    const scheduled_at = new Date(from + soonest_ms + random.below(20 * 3_600_000)).toISOString();
    return { ...single, content: JSON.stringify({ ...body, scheduled_at }), cancel: random.below(4) === 0 };
  }
  return { ...single, cancel: says("canceled") };
}

function batch(random: Seeded, database: Planned["database"], n: number): Pick<Planned, "path" | "content" | "mails"> {
  const size = 2 + random.below(batchSize - 1);
  const bodies = Array.from({ length: size }, (_, k): Body => mail(random, database, `${n}.${k}`));
  return { path: "/v1/emails/batch", content: JSON.stringify(bodies), mails: size };
}
