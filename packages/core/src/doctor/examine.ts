import type { Ports } from "../ports/main.ts";
import * as Account from "./account.ts";
import { api } from "./api.ts";
import * as Errand from "./errand.ts";
import * as Events from "./events.ts";
import { type Finding, type Hop, type HopName, hops, sum } from "./hop.ts";
import * as Identity from "./identity.ts";
import * as Inbound from "./inbound.ts";
import { type Look, look } from "./look.ts";
import { travel } from "./path.ts";
import * as Probe from "./probe.ts";
import * as Queues from "./queues.ts";
import * as Storage from "./storage.ts";
import * as Tick from "./tick.ts";
import { trouble, within } from "./trouble.ts";

/** How long a hop may take, in ms. */
const patience = 8_000;
/** How long the mail to the simulator is waited for: API Gateway waits 30 s for all. */
const longest = 20_000;
/** What the last look at it may take beyond that, in ms. */
const last = 2_000;

/** What the installation is, for whoever asks AWS for more. */
export interface Facts {
  readonly root_domain: string;
  readonly region: string;
  readonly public_url: string | null;
  /** Null where SES did not say. */
  readonly sandbox: boolean | null;
  /** Recipients in 24 hours; null = without limit, or SES did not say. */
  readonly quota: number | null;
  readonly used: number | null;
  /** Recipients a second. */
  readonly rate: number | null;
}

/** What the doctor says: each hop by itself. */
export interface Report {
  readonly ok: boolean | null;
  /** By which the mail to the simulator, and the jobs, are asked for again; null = it could not be noted. */
  readonly probe: string | null;
  readonly hops: readonly Hop[];
  /** Null where one probe was asked for. */
  readonly facts: Facts | null;
}

/** How patient the doctor is, in ms. */
export interface Patience {
  readonly hop_ms?: number;
  readonly wait_ms?: number;
}

/** Hops that only SES has: where the platform is a relay nobody goes over them. */
const ofSes: ReadonlySet<HopName> = new Set([
  ...(["account", "identity", "mail_from", "event_destination", "event_topic", "event_path", "subdomain"] as const),
]);

type Examination = (look: Look) => Promise<Finding>;

const simple: Readonly<Record<Exclude<HopName, "event_path" | "subdomain" | "dispatch">, Examination>> = {
  credentials: Account.credentials,
  region: Account.region,
  clock: Account.clock,
  account: Account.account,
  identity: Identity.identity,
  mail_from: Identity.mailFrom,
  event_destination: Events.destination,
  event_topic: Events.topic,
  mx: Inbound.mx,
  receipt_rules: Inbound.rules,
  vault: Storage.vault,
  table: Storage.table,
  queues: Queues.queues,
  dead_letters: Queues.deadLetters,
  tick: Tick.tick,
  api,
};

/**
 * Looks at every hop a mail takes, all at once and each in a time of its own, so that one that hangs or is broken does not
 * hide the others. Two mails go to SES's simulator, the events of one are waited for, as are jobs that go through the queues of
 * mail. No secret and no address is told.
 */
export async function examine(ports: Ports, { hop_ms = patience, wait_ms = longest }: Patience = {}): Promise<Report> {
  const at = look(ports, await ports.inspector.place());
  const wanted = hops.filter((hop) => ports.operator.platform === "ses" || !ofSes.has(hop));
  const id = Probe.open(ports);
  // Asked for with the hops, and no more patient than they: what hangs takes the time of one hop in all
  const besides = Promise.all([facts(at, hop_ms), within(hop_ms, id).catch(() => null)]);
  const sent = wanted.includes("event_path") ? travel(at, id, wait_ms) : undefined;
  const end = ports.clock.now() + wait_ms;
  const errands = id.then(async (own) => {
    await Errand.send(ports, own);
    return Errand.wait(ports, own, end);
  });
  const longer = Math.max(hop_ms, wait_ms + last);
  const examined = wanted.map(async (hop): Promise<Hop> => {
    if (hop === "event_path") return { hop, ...(await found(sent?.path, longer)) };
    if (hop === "dispatch") return { hop, ...(await found(errands, longer)) };
    if (hop === "subdomain") return { hop, ...(await found(sent?.subdomain, hop_ms)) };
    return { hop, ...(await found(simple[hop](at), hop_ms)) };
  });
  const all = await Promise.all(examined);
  const [known, probe] = await besides;
  return { ok: sum(all), probe, hops: all, facts: known };
}

/** How the mail and the jobs of an earlier examination stand. @throws AppError not_found */
export async function ask(ports: Ports, probe: string): Promise<Report> {
  const item = await Probe.read(ports, probe);
  const hops: Hop[] = [
    ...(ports.operator.platform === "ses"
      ? [{ hop: "event_path" as const, ...Probe.finding(ports, probe, item) }]
      : []),
    { hop: "dispatch", ...Errand.finding(ports, probe, item) },
  ];
  return { ok: sum(hops), probe, hops, facts: null };
}

async function found(work: Promise<Finding> | undefined, ms: number): Promise<Finding> {
  try {
    return await within(ms, work ?? Promise.reject(new Error("nothing was sent")));
  } catch (error) {
    return trouble(error);
  }
}

async function facts({ ports, place, account }: Look, ms: number): Promise<Facts> {
  const { root_domain, public_url } = ports.operator;
  const ses = await within(ms, account()).catch(() => null);
  return {
    root_domain,
    region: place.region,
    public_url,
    sandbox: ses?.sandbox ?? null,
    quota: ses?.limit ?? null,
    used: ses?.used ?? null,
    rate: ses?.rate ?? null,
  };
}
