import { AppError } from "../error.ts";
import * as Id from "../id.ts";
import * as keys from "../keys.ts";
import type { HandOver } from "../ports/mailer.ts";
import type { Ports } from "../ports/main.ts";
import { ConditionFailed, type Item } from "../ports/store.ts";
import { type Finding, ill, pending, well } from "./hop.ts";
import type { Look } from "./look.ts";

/** A mail to the simulator, whose events are waited for. */
export type ProbeId = Id.Id<"probe">;

/** The simulator's address that takes mail: outside reputation, quota and sandbox. */
const simulator = "success@simulator.amazonses.com";
/** How long a probe is kept, in seconds, and after how long its events are no longer to come, in ms. */
const kept_s = 86_400;
export const longest = 10 * 60_000;
/** Between two looks at it, in ms. */
const pause = 500;

/** Sends one from the root domain, or from a domain below it, as mail goes: by tenant and configuration set. */
export async function send({ ports, place }: Look, id: ProbeId, from: string): Promise<HandOver> {
  const { ses, clock } = ports;
  const head = `From: doctor@${from}\r\nTo: ${simulator}\r\nSubject: Posthouse doctor\r\n`;
  const mime = Buffer.from(`${head}Date: ${new Date(clock.now()).toUTCString()}\r\n\r\nA mail of the doctor's.\r\n`);
  return ses.send({
    mime,
    envelope_from: `doctor@${from}`,
    from_address: `doctor@${from}`,
    recipients: [simulator],
    tenant: place.own,
    configuration_set: place.own,
    tags: { posthouse_probe: id },
  });
}

/** Notes a probe before it is sent: its events may be faster than its answer. */
export async function open(ports: Pick<Ports, "store" | "clock" | "random">): Promise<ProbeId> {
  const id = Id.make("probe", ports);
  const now = ports.clock.now();
  const expires_at = Math.floor(now / 1000) + kept_s;
  await ports.store.write({
    put: { ...keys.doctorProbe(id), sent_at: now, expires_at },
    if: "attribute_not_exists(#pk)",
  });
  return id;
}

/**
 * Notes that an event of a probe came in; one that is not known, or over, is nobody's.
 * @param type of the event, as SES says it.
 */
export const arrive = (ports: Pick<Ports, "store" | "clock">, id: string, type: string): Promise<void> =>
  note(ports, id, { [type === "Delivery" ? "delivered_at" : "event_at"]: ports.clock.now() });

/** Notes something of a probe, where there is one. */
export async function note({ store }: Pick<Ports, "store">, id: string, set: Record<string, unknown>): Promise<void> {
  if (!Id.is("probe", id)) return;
  try {
    await store.write({ update: keys.doctorProbe(id), set, if: "attribute_exists(#pk)" });
  } catch (error) {
    if (!(error instanceof ConditionFailed)) throw error;
  }
}

/** Waits until a probe is back, at most until a moment (ms), and says how it stands then. */
export const wait = async (ports: Ports, id: ProbeId, end: number): Promise<Finding> =>
  finding(ports, id, await until(ports, id, end, (item) => item["delivered_at"] !== undefined));

/** Waits until something is noted of a probe, at most until a moment (ms). @returns what is noted then. */
export async function until(ports: Ports, id: ProbeId, end: number, isBack: (item: Item) => boolean): Promise<Item> {
  for (;;) {
    const key = keys.doctorProbe(id);
    const item = (await ports.store.get(key, { consistent: true })) ?? { ...key, sent_at: ports.clock.now() };
    if (isBack(item) || ports.clock.now() >= end) return item;
    await ports.clock.sleep(Math.min(pause, Math.max(1, end - ports.clock.now())));
  }
}

/**
 * What is noted of a probe that was sent before.
 * @throws AppError not_found
 */
export async function read(ports: Ports, id: string): Promise<Item> {
  const item = Id.is("probe", id) ? await ports.store.get(keys.doctorProbe(id), { consistent: true }) : undefined;
  if (!item || Number(item["expires_at"]) * 1000 <= ports.clock.now())
    throw new AppError("not_found", "There is no such probe: ask for a new one by `GET /v1/doctor`.");
  return item;
}

/** What to do about a probe that is not back yet. */
export const askAgain = (id: string): string => `Ask again in a minute: GET /v1/doctor?probe=${id}`;

/** How the mail of a probe stands. */
export function finding({ clock }: Pick<Ports, "clock">, id: string, item: Item): Finding {
  const sent = Number(item["sent_at"]);
  const seconds = (at: unknown): string => `${Math.max(0, (Number(at) - sent) / 1000).toFixed(1)} s`;
  const { delivered_at, event_at, refused } = item as Partial<Item>;
  if (delivered_at !== undefined)
    return well(`a mail to the simulator came back through all hops in ${seconds(delivered_at)}`);
  const came =
    event_at === undefined ? "no event of it" : `its first event after ${seconds(event_at)}, its delivery not`;
  if (refused) return pending("SES took no mail to the simulator", "Ask for a new one: GET /v1/doctor.");
  if (clock.now() - sent < longest)
    return pending(`a mail to the simulator was sent; ${came} came in yet`, askAgain(id));
  return ill(
    `a mail to the simulator was sent; ${came} came in`,
    "Look at event_destination, event_topic, queues and dead_letters, and at the log of Feedback.",
  );
}
