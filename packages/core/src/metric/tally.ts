import * as keys from "../keys.ts";
import type { CountName, Metrics } from "../ports/metrics.ts";
import type { Check, Store, Write } from "../ports/store.ts";
import { itemOf as statisticOf } from "../statistics/day.ts";

/**
 * A store that counts what was written, whoever writes it: acceptances, changes of state, statistics, deliveries. So
 * every way that leads to a state is counted, and nothing before it is written; a write whose condition fails is not.
 */
export const tallying = (store: Store, metrics: Metrics): Store => ({
  ...store,
  async write(write) {
    const answer = await store.write(write);
    tally(metrics, write);
    return answer;
  },
  async transact(writes, token) {
    await store.transact(writes, token);
    for (const write of writes) tally(metrics, write);
  },
});

const head = keys.emailHead("", "");
const mailPrefix = head.pk.slice(0, head.pk.indexOf("#") + 1);
const delivery = keys.delivery("", "", "");
const hookPrefix = delivery.pk.slice(0, delivery.pk.indexOf("#") + 1);

function tally(metrics: Metrics, write: Write | Check): void {
  if ("put" in write) return ofPut(metrics, write.put);
  if (!("update" in write)) return;
  const { update, set, add } = write;
  if (statisticOf(write) !== undefined) return ofStatistic(metrics, add);
  if (isHead(update) && (set?.["state"] === "deferred" || set?.["state"] === "held")) metrics.count(set["state"]);
  if (update.pk.startsWith(hookPrefix) && set?.["status"] === "delivered") metrics.count("webhook_delivered");
  if (update.pk.startsWith(hookPrefix) && set?.["status"] === "failed") metrics.count("webhook_failed");
}

const isHead = ({ pk, sk }: { pk: string; sk: string }): boolean => pk.startsWith(mailPrefix) && sk === head.sk;

/** A head is put once, when its email is accepted. */
function ofPut(metrics: Metrics, put: { pk: string; sk: string } & Record<string, unknown>): void {
  if (!isHead(put)) return;
  metrics.count("accepted");
  if (put["state"] === "held") metrics.count("held");
}

/** Of the counts of a day those that are watched; the others are sums of these, or SES's own metrics have them. */
const watched: readonly CountName[] = ["sent", "failed", "bounced", "complained", "received"];

function ofStatistic(metrics: Metrics, add: Readonly<Record<string, number>> = {}): void {
  for (const name of watched) if ((add[name] ?? 0) > 0) metrics.count(name, add[name]);
}
