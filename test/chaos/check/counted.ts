import { fate } from "@posthouse/local/ses/simulator";
import { type Evidence, mailsOf, nameOf, overSes } from "./evidence.ts";

/** G4: each database's history counts as many deliveries and bounces as there were at SES, and as its emails know of. */
export function miscounted(evidence: Evidence): string[] {
  const { items, counted } = evidence;
  const mails = mailsOf(items);
  const name = (database = ""): string => nameOf(items, database);
  const wire = overSes(evidence).map(({ email, recipient }) => ({
    database: name(mails.get(email)?.head.database),
    what: fate(recipient) === "delivery" ? ("delivered" as const) : ("bounced" as const),
  }));
  const store = [...mails.values()].flatMap(({ head, recipients }) =>
    recipients.flatMap(({ delivered_at, bounced }) => [
      ...(delivered_at === undefined ? [] : [{ database: name(head.database), what: "delivered" as const }]),
      ...(bounced === undefined ? [] : [{ database: name(head.database), what: "bounced" as const }]),
    ]),
  );
  return counted.flatMap(({ database, ...history }) =>
    (["delivered", "bounced"] as const).flatMap((what) => {
      const sum = (all: typeof wire) => all.filter((one) => one.database === database && one.what === what).length;
      const counts = [history[what], sum(wire), sum(store)];
      return new Set(counts).size === 1
        ? []
        : [`${database} ${what}: ${counts[0]} in its history, ${counts[1]} at SES, ${counts[2]} in its emails`];
    }),
  );
}
