import { apply } from "../feedback/apply.ts";
import * as keys from "../keys.ts";
import type { Ports } from "../ports/main.ts";
import { prove } from "../report/proof.ts";
import { read as readReport } from "../report/read.ts";
import type { Report } from "../report/report.ts";
import * as Domain from "./domain.ts";
import { type Copy, keep, note } from "./keep.ts";
import * as Mail from "./mail.ts";
import * as Once from "./once.ts";
import * as Owner from "./owner.ts";
import type { Receipt } from "./receipt.ts";
import type { ReceivedRecord } from "./record.ts";

/**
 * Takes in a mail that SES has received: a copy for each database that a recipient belongs to, then SES's own object
 * goes. May be repeated at any point, and at the same time; what is nobody's is dropped without an answer, for its
 * sender is as likely forged as not.
 * @throws Error while its object is not there; whoever calls tries again.
 */
export async function take(ports: Ports, receipt: Receipt): Promise<void> {
  const raw = await ports.blobs.get(receipt.blob);
  if (!raw) return assertTaken(ports, receipt);
  const { owners, nobodys } = await Owner.find(ports, receipt.recipients);
  const mail = Mail.read(raw);
  // Read at most once, and only where somebody asks: it may take the whole mail apart
  let reading: { readonly report: Report | null } | undefined;
  const read = () => (reading ??= { report: readReport(raw) }).report;
  for (const { version, recipients } of owners) {
    await takeFor(ports, { database: version.id, receipt, mail, recipients }, read);
    await Domain.note(ports, version, recipients, receipt.received_at);
  }
  if (nobodys > 0)
    ports.log.info("mail for addresses of nobody was dropped", {
      operation: "inbound",
      code: receipt.id,
      count: nobodys,
    });
  await finish(ports, receipt);
}

/** The order of R-IN: duplicate, our own loop tag, report, and all else is kept. */
async function takeFor(ports: Ports, copy: Copy, read: () => Report | null): Promise<void> {
  const { database, mail, receipt } = copy;
  const fresh = await Once.fresh(ports, database, mail.identity, copy.recipients);
  if (fresh.length === 0) return;
  if (mail.loops.includes(ports.operator.root_domain)) {
    ports.log.info("a mail of our own came back and was ignored", { operation: "inbound", database, code: receipt.id });
    return;
  }
  const report = read();
  if (report && (await settle(ports, copy, report, fresh))) return note(ports, copy);
  await keep(ports, copy, route(report));
}

/** What a report with proof tells is written before the proof against its duplicates: it is told as often as need be. */
async function settle(
  ports: Ports,
  { database, receipt }: Copy,
  report: Report,
  recipients: readonly string[],
): Promise<boolean> {
  for (const recipient of recipients) {
    const proved = await prove(ports, database, report, { recipient, received_at: receipt.received_at });
    for (const { id, changes } of proved) await apply(ports, { database, id }, changes);
    if (proved.length > 0) return true;
  }
  return false;
}

function route(report: Report | null): Pick<ReceivedRecord, "status" | "route"> {
  if (report)
    return {
      status: "unmatched",
      route: {
        rule: "report",
        why: "A delivery report or complaint without proof that it speaks of a mail of this database: it has no valid bounce token and no Message-Id of a mail that went out to that recipient, or it names no recipient of that mail. It changes nothing.",
      },
    };
  return { status: "unrouted", route: { rule: "none", why: "It is no delivery report and no complaint." } };
}

async function assertTaken({ store }: Ports, { id }: Receipt): Promise<void> {
  if (await store.get(keys.taken(id), { consistent: true })) return;
  throw new Error("a mail that was received is not in the bucket");
}

/** From here on a notification that comes again finds no object, and knows why. */
async function finish({ store, blobs, clock }: Ports, { id, blob }: Receipt): Promise<void> {
  const expires_at = Math.floor(clock.now() / 1000) + Once.days * 86_400;
  await store.write({ put: { ...keys.taken(id), expires_at } });
  await blobs.delete(blob);
}
