import * as z from "zod";
import { load } from "../configuration/load.ts";
import type { Failed, Job } from "../job.ts";
import * as keys from "../keys.ts";
import type { Ports } from "../ports/main.ts";
import { ConditionFailed } from "../ports/store.ts";
import { until } from "../provision/deadline.ts";
import { provision as provisionDomain } from "../provision/domain.ts";
import { release } from "../provision/release.ts";
import { fromItem, type Version } from "./version.ts";

const text = z.string().min(1).optional();
const schema = z.object({ database: z.string().min(1), domain: text, name: text, tracking: z.boolean().optional() });

/** How long one order may begin calls at SES, and how long a batch begins orders, in ms. */
const patience = { order: 30_000, batch: 45_000 };

/**
 * Makes what a database needs at SES before it can send over the platform: its tenant and configuration set (both
 * named by the database's id), associated with each other and with the root domain's identity; and what a domain of its
 * own needs. Every step may be repeated: found half-done, it finishes. A domain whose database is gone or going is let
 * go of: an order that was under way meanwhile may have made its identity again.
 *
 * The orders of a database go one after the other, databases side by side, so that what is slow for one, such as the
 * DNS of its domains, holds up no other; SES's pace is the provider's to keep. No order is begun after 45 s, and none
 * takes much longer than a minute: the batch ends within two, which is the function's time-out.
 * @returns the messages to be delivered again.
 */
export async function run(ports: Ports, jobs: readonly Job[]): Promise<Failed> {
  const end = ports.clock.now() + patience.batch;
  const failed: string[] = [];
  const byDatabase = Map.groupBy(jobs, ({ body }) => schema.safeParse(body).data?.database);
  await Promise.all(
    [...byDatabase.values()].map(async (orders) => {
      for (const order of orders) if (!(await carryOut(ports, order, end))) failed.push(order.id);
    }),
  );
  return { failed };
}

/** @returns whether it is done; else it comes again. */
async function carryOut(ports: Ports, { id, body }: Job, end: number): Promise<boolean> {
  const { clock, log } = ports;
  const now = clock.now();
  if (now >= end) return false;
  try {
    const { database, domain, name, tracking = false } = schema.parse(body);
    const timed = { ...ports, provider: until(ports.provider, clock, now + patience.order) };
    const version = await provision(timed, database);
    if (version && tracking) await track(timed, version);
    if (domain === undefined) return true;
    if (version) await provisionDomain(timed, version, { id: domain, name });
    else if (name !== undefined) await release(timed, { database, id: domain, name });
    return true;
  } catch (error) {
    log.error("a database was not provisioned", { operation: "provision", code: id, error });
    return false;
  }
}

/** @returns the database, unless it is gone or going. */
async function provision(ports: Ports, db: string): Promise<Version | undefined> {
  const { store, provider, operator } = ports;
  const item = await store.get(keys.version(db), { consistent: true });
  const version = item && fromItem(item);
  if (!version || version.status === "deleting") return undefined;
  if (version.provisioned) return version;
  if (operator.platform === "ses") {
    await provider.createTenant(db);
    await provider.createConfigurationSet(db);
    await provider.associate(db, { identity: operator.root_domain, configuration_set: db });
  }
  await finish(ports, db);
  return version;
}

/** Whether its mail is tracked, as its settings say by now. */
async function track(ports: Ports, version: Version): Promise<void> {
  if (ports.operator.platform !== "ses") return;
  const { settings } = await load(ports, version);
  await ports.provider.setTracking(version.id, settings.tracking);
}

/** From now on its platform mail goes out. */
async function finish({ store, log }: Ports, db: string): Promise<void> {
  try {
    await store.write({
      update: keys.version(db),
      set: { provisioned: true },
      remove: ["due_pk", "due_sk", "due_n"],
      if: "#provisioned = :no AND #status <> :deleting",
      values: { no: false, deleting: "deleting" },
    });
    log.info("a database is provisioned", { database: db });
  } catch (error) {
    if (!(error instanceof ConditionFailed)) throw error;
  }
}
