import * as z from "zod";
import type { Failed, Job } from "../job.ts";
import * as keys from "../keys.ts";
import type { Ports } from "../ports/main.ts";
import { ConditionFailed } from "../ports/store.ts";
import { provision as provisionDomain } from "../provision/domain.ts";
import { fromItem, type Version } from "./version.ts";

const schema = z.object({ database: z.string().min(1), domain: z.string().min(1).optional() });

/**
 * Makes what a database needs at SES before it can send over the platform: its tenant and configuration set (both
 * named by the database's id), associated with each other and with the root domain's identity; and what a domain of its
 * own needs. One after the other, for SES's management calls run at about one a second. Every step may be repeated:
 * found half-done, it finishes.
 * @returns the messages to be delivered again.
 */
export async function run(ports: Ports, jobs: readonly Job[]): Promise<Failed> {
  const failed: string[] = [];
  for (const job of jobs) {
    try {
      const { database, domain } = schema.parse(job.body);
      const version = await provision(ports, database);
      if (version && domain !== undefined) await provisionDomain(ports, version, domain);
    } catch (error) {
      ports.log.error("a database was not provisioned", { operation: "provision", code: job.id, error });
      failed.push(job.id);
    }
  }
  return { failed };
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
