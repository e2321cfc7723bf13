import * as EventPath from "../feedback/path.ts";
import type { HandOver } from "../ports/mailer.ts";
import type { Ports } from "../ports/main.ts";
import { type Carrier, relayEndpoint, ses, smtp } from "./carrier.ts";
import * as Pace from "./pace.ts";
import type { Prepared } from "./prepare.ts";
import * as Rate from "./rate.ts";

/** What carries the mails of a batch. */
export interface Carriers {
  /** @param busy how often the mail was sent away because SES was busy. */
  of(prepared: Prepared, busy?: number): Carrier;
  /** Once all of them are done with. */
  close(): Promise<void>;
}

/** SES, or connections to the operator's relay. @param mails how many the batch has. */
export function platform(ports: Ports, mails: number): Carriers {
  const url = ports.operator.platform_smtp_url;
  return ports.operator.platform === "ses" || url === null ? overSes(ports, mails) : overRelay(ports, url);
}

/** SES, each mail in its turn. What was learned of its rate and of the event path is noted once for the batch. */
function overSes(ports: Ports, mails: number): Carriers {
  const pace = Pace.create(ports, mails);
  const seen = new Set<"accepted" | "throttled">();
  const look = (answer: HandOver): void => {
    if (answer.outcome === "accepted") seen.add("accepted");
    else if (answer.outcome === "refused" && isTooFast(answer.reply)) seen.add("throttled");
  };
  return {
    of({ head, to }, busy) {
      const carrier = ses(ports, head.database);
      return {
        ...carrier,
        ready: () => pace.turn(head.kind, to.length, busy),
        async send(...message) {
          const answer = await carrier.send(...message);
          look(answer);
          return answer;
        },
      };
    },
    async close() {
      if (seen.has("accepted")) await EventPath.note(ports, "sent_at");
      if (seen.has("throttled")) await Rate.slow(ports);
    },
  };
}

/** SES's names and words where it is asked for too much. */
const throttled = /TooManyRequests|Throttl|rate exceeded|maximum sending rate/i;
/** Its daily quota has the same names: asking slower brings nothing then. */
const quota = /\b(?:daily|24[- ]hour)\b/i;

/** Whether SES said that mail comes too fast, in whatever words. */
const isTooFast = (reply: string): boolean => throttled.test(reply) && !quota.test(reply);

/** A connection for each mail of the batch, since they go side by side. */
function overRelay(ports: Ports, url: string): Carriers {
  const relays: Carrier[] = [];
  return {
    of: () => {
      const relay = smtp(ports, async () => relayEndpoint(url));
      relays.push(relay);
      return relay;
    },
    close: async () => void (await Promise.all(relays.map((relay) => relay.close()))),
  };
}
