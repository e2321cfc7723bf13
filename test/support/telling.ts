import { accept } from "@posthouse/core/email/accept";
import { get } from "@posthouse/core/email/read";
import { run } from "@posthouse/core/feedback/batch";
import type { Failed, Job } from "@posthouse/core/job";
import * as keys from "@posthouse/core/keys";
import { usage } from "@posthouse/core/limit/usage";
import type { Ports } from "@posthouse/core/ports/main";
import type { TestPorts } from "@posthouse/local/testing";
import { deliver, mail, type TestDatabase } from "./database.ts";

/** How an event is to differ from one of the first attempt. */
interface Which {
  readonly attempt?: number;
  /** `bounceType`; Permanent unless told otherwise. */
  readonly type?: string;
  /** More of each recipient: `status`, `diagnosticCode`. */
  readonly words?: object;
}

/** What SES tells of the mails of a database, as it tells it, and what became of them by that. */
export function telling(env: TestPorts, db: TestDatabase) {
  let jobs = 0;
  const at = () => new Date(env.ports.clock.now()).toISOString();
  const event = (eventType: string, id: string, destination: readonly string[], detail: object, attempt = 1): Job => {
    const tags = { database: db.id, email: id, attempt: `${attempt}`, try: "1" };
    const named = Object.entries(tags).map(([name, value]) => [`posthouse_${name}`, [value]]);
    const message = {
      messageId: `0100-${id}-${attempt}`,
      timestamp: at(),
      destination,
      tags: Object.fromEntries(named),
    };
    return { id: `m${jobs++}`, group: null, body: { eventType, mail: message, ...detail } };
  };
  return {
    at,
    event,
    send: (id: string, to: readonly string[]) => event("Send", id, to, { send: {} }),
    delivery: (id: string, to: readonly string[], attempt = 1) =>
      event("Delivery", id, to, { delivery: { timestamp: at(), recipients: to, smtpResponse: "250 ok" } }, attempt),
    bounce(id: string, to: readonly string[], { attempt = 1, type = "Permanent", words = {} }: Which = {}): Job {
      const bouncedRecipients = to.map((emailAddress) => ({ emailAddress, ...words }));
      const about = { bounceType: type, bounceSubType: "General", timestamp: at(), feedbackId: `f${attempt}-${to[0]}` };
      return event("Bounce", id, to, { bounce: { ...about, bouncedRecipients } }, attempt);
    },
    complaint(id: string, to: readonly string[], attempt = 1): Job {
      const complainedRecipients = to.map((emailAddress) => ({ emailAddress }));
      return event(
        "Complaint",
        id,
        to,
        { complaint: { timestamp: at(), feedbackId: "c", complainedRecipients } },
        attempt,
      );
    },
    /** Sends a mail, and takes none of its events. @returns its id. */
    async mailTo(to: readonly string[]): Promise<string> {
      const { id } = await accept(env.ports, await db.version(), mail({ to: [...to] }));
      await deliver(env);
      return id;
    },
    take: (...all: readonly Job[]): Promise<Failed> => run(env.ports, all),
    view: (id: string, ports: Ports = env.ports) => get(ports, db.id, id),
    states: async (id: string, ports: Ports = env.ports) =>
      (await get(ports, db.id, id)).recipients.map(({ state }) => state),
    suppressed: (address: string) => env.ports.store.get(keys.suppression(db.id, address), { consistent: true }),
    /** What was counted today. */
    history: async () => (await usage(env.ports, await db.version())).history[0],
  };
}
