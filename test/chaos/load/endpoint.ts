import { type Answer, type Received, startReceiver, status } from "../../support/receiver.ts";
import type { Seeded } from "../../support/seeded.ts";
import type { Told } from "../check/evidence.ts";
import { fair, type Weather } from "../fleet/protocol.ts";

/** The receiver of a run's webhooks, which outlives all processes of the product, and fails as real ones do. */
export interface ChaosEndpoint {
  readonly url: string;
  /** What it got, whether its answer arrived or not. */
  told(): Told[];
  /** How it fails from now on. */
  weather(weather: Weather): void;
  close(): Promise<void>;
}

const cut: Answer = (response) => void response.destroy();
const faults = [status(500), status(503), status(429), cut] as const;

/** Starts it on a free port of 127.0.0.1. */
export async function startEndpoint(random: Seeded): Promise<ChaosEndpoint> {
  let share = fair.faults;
  const answer: Answer = (...request) => {
    const strikes = random.below(1_000_000) < share * 1_000_000;
    (strikes ? (faults[random.below(faults.length)] ?? cut) : status(204))(...request);
  };
  const receiver = await startReceiver(answer);
  return {
    url: receiver.url,
    told: () => receiver.received.map(told),
    weather(weather) {
      share = weather.faults;
    },
    close: () => receiver.close(),
  };
}

/** Of a suppression the database is told, of all else the email. */
function told({ headers, json }: Received): Told {
  const { type, data } = json;
  const { email_id, to, email } = data as { email_id?: string; to?: string[]; email?: string };
  const id = String(headers["webhook-id"]);
  if (email_id !== undefined) return { id, type, about: email_id, recipients: to ?? [] };
  return { id, type, about: String((json as { database?: string }).database), recipients: [String(email)] };
}
