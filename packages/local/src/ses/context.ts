import type { Dns } from "@posthouse/core/ports/dns";
import type { Account } from "./account.ts";
import type { Place } from "./arn.ts";
import type { Collection } from "./collection.ts";
import type { ConfigurationSet } from "./configuration-set.ts";
import type { Database } from "./database.ts";
import type { Hook } from "./fault.ts";
import type { Identity } from "./identity.ts";
import type { Limits } from "./limits.ts";
import type { MailStore } from "./mailbox.ts";
import type { Outbox } from "./outbox.ts";
import type { Bucket } from "./rate.ts";
import type { Received } from "./received.ts";
import type { Suppression } from "./suppression.ts";
import type { Switches } from "./switches.ts";
import type { Association, Tenant } from "./tenant.ts";

/** One emulated SES account in one Region: its resources on disk, its clock, its switches. */
export interface Ses extends Place {
  /** Epoch milliseconds. */
  now: () => number;
  limits: Limits;
  switches: Switches;
  dns: Dns | undefined;
  hook: Hook | undefined;
  transaction: Database["transaction"];
  commit: Database["commit"];
  account: Collection<Account>;
  identities: Collection<Identity>;
  configurationSets: Collection<ConfigurationSet>;
  tenants: Collection<Tenant>;
  associations: Collection<Association>;
  suppressions: Collection<Suppression>;
  /** Mail that came in within a day: it can be answered. */
  received: Collection<Received>;
  /** What events say of the mails accepted last, by message id; not kept over a restart. */
  accepted: Map<string, { readonly mail: object; readonly set: string }>;
  mailbox: MailStore;
  outbox: Outbox;
  /** Drains at `maxSendRate`. */
  sending: Bucket;
  /** Drains at `bounceRate`. */
  bouncing: Bucket;
  /** Tells the publisher that the outbox has something new. */
  wake(): void;
}
