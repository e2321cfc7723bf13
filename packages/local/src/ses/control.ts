import type { Forced } from "../receive/verdict.ts";
import * as Account from "./account.ts";
import * as ConfigurationSet from "./configuration-set.ts";
import type { Ses } from "./context.ts";
import * as Event from "./event.ts";
import * as Identity from "./identity.ts";
import * as Received from "./received.ts";
import type { Switches } from "./switches.ts";
import * as Tenant from "./tenant.ts";

/** What AWS, the DNS or a broken network would do to the account: for operators of the embedded mode and for tests. */
export interface Control {
  /** Ends the check of an identity; makes the identity when there is none. */
  verify(identity: string, status?: Identity.VerificationStatus): void;
  /** Ends the check of the identity's custom MAIL FROM domain. */
  verifyMailFrom(identity: string, status?: Identity.VerificationStatus): void;
  /** AWS suspends the account, or takes that back. */
  suspend(suspended: boolean): void;
  /** AWS pauses a tenant for its reputation, or ends that. */
  pauseTenant(tenant: string, paused: boolean): void;
  /** SES finds something of a tenant's reputation. */
  find(tenant: string, finding: Pick<Tenant.Finding, "type" | "impact" | "description">): void;
  /** Sending with a configuration set is turned off, or on again. */
  pauseConfigurationSet(name: string, paused: boolean): void;
  /** Changes what is given of the switches; held events go out when the hold ends. */
  set(change: Partial<Switches>): void;
  /** Publishes an event of a mail accepted before, where its configuration set publishes that type. @param message its id */
  tell(message: string, type: Event.Later, detail: object): Promise<void>;
  /** Events not yet taken by SNS. */
  pending(): number;
  /** Whether mail for a domain is received: it, or a parent of it, is a verified identity. */
  receives(domain: string): boolean;
  /** What is to be found of mail that comes in, as the switches have it. */
  verdicts(): Forced;
  /** A mail has come in: for a day it can be answered by SendBounce. */
  received(mail: Pick<Received.Received, "id" | "envelope_from" | "recipients">, raw: Uint8Array): void;
}

/** The control of one account. */
export function createControl(ses: Ses): Control {
  return {
    verify(name, status = "SUCCESS") {
      if (!ses.identities.get(Identity.normalize(name))) Identity.create(ses, { name, tags: [] });
      Identity.update(ses, name, { status });
    },
    verifyMailFrom(name, status = "SUCCESS") {
      const { mailFrom } = Identity.get(ses, name);
      if (mailFrom) Identity.update(ses, name, { mailFrom: { ...mailFrom, status } });
    },
    suspend: (suspended) => Account.update(ses, { suspended }),
    pauseTenant(name, paused) {
      const cause = paused ? "High severity reputation finding." : "No findings.";
      Tenant.update(ses, name, { awsStatus: { status: paused ? "DISABLED" : "ENABLED", cause, at: ses.now() } });
    },
    find(name, finding) {
      const { findings = [] } = Tenant.get(ses, name);
      Tenant.update(ses, name, { findings: [...findings, { ...finding, open: true, at: ses.now() }] });
    },
    pauseConfigurationSet: (name, paused) => ConfigurationSet.update(ses, name, { sendingEnabled: !paused }),
    set(change) {
      Object.assign(ses.switches, change);
      ses.wake();
    },
    async tell(message, type, detail) {
      const known = ses.accepted.get(message);
      if (!known) throw new Error(`No mail ${message} was accepted lately.`);
      const { body } = Event.later(known.mail, type, detail);
      const topics = ConfigurationSet.topics(ConfigurationSet.get(ses, known.set), type);
      await ses.commit(() => {
        for (const topic of topics) ses.outbox.add(topic, body, ses.now());
      });
      ses.wake();
    },
    pending: () => ses.outbox.count(),
    receives: (domain) => Identity.cover(ses, `@${domain}`) !== undefined,
    verdicts: () => ses.switches.verdicts,
    received: (mail, raw) => Received.note(ses, mail, raw),
  };
}
