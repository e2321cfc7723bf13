import { isAddress } from "../address/address.ts";
import * as Mailbox from "../address/mailbox.ts";
import { acceptPart, type Make, type Part } from "../batch/accept.ts";
import { outlines, type Recipient } from "../batch/each.ts";
import { maximum } from "../batch/record.ts";
import type { Version } from "../database/version.ts";
import * as Hold from "../email/hold.ts";
import type { SendRequest } from "../email/request.ts";
import { AppError } from "../error.ts";
import { write } from "../idempotency/write.ts";
import type { Ports } from "../ports/main.ts";
import type { Write } from "../ports/store.ts";
import type { AudienceRecord } from "./audience.ts";
import * as Audience from "./audience.ts";
import type { NotSent } from "./told.ts";
import type { Person } from "./whom.ts";

/**
 * Accepts the emails of the followers whose turn it is: at most a hundred, as one batch, whose body is stored once. The
 * progress is written in the transaction of the batch, so each gets one email, however often this is cut short (G1, G3).
 * @param mail what they get; @param at ms: when the tick goes on.
 * @throws Taken when somebody else was faster; AppError for what may pass: then their turn is still to come.
 */
export async function notify(
  ports: Ports,
  version: Version,
  record: AudienceRecord,
  people: readonly Person[],
  mail: () => Promise<SendRequest>,
  at: number,
): Promise<void> {
  const turn = people.slice(record.email_done, record.email_done + maximum);
  const named = turn.filter(({ address }) => isAddress(address));
  // One of them is to cost nobody else theirs
  const odd = turn.filter(({ address }) => address !== "" && !isAddress(address)).map(notAddressed);
  if (named.length === 0) return write(ports, Audience.advance(record, { email: turn.length, left: odd }, at));
  try {
    const make = maker(ports, version, await mail(), named);
    await acceptPart(ports, version, make, record.holds, (part) =>
      stepOf(record, part, { people, turn, named, odd, at }),
    );
  } catch (error) {
    if (!(error instanceof AppError) || mayPass(error, record, ports.clock.now())) throw error;
    await write(ports, refuseRest(record, people, { reason: error.name, message: error.message }, at));
  }
}

const maker =
  (ports: Ports, version: Version, { company, ...request }: SendRequest, named: readonly Person[]): Make =>
  async (loaded, batch) => {
    // A company may be gone by now, and the thread still say it
    const known = company !== undefined && loaded.prepared.companies.has(company) ? { company } : {};
    const each = named.map(recipient);
    return { outlined: await outlines(ports, version, loaded, { ...request, ...known }, batch, each), refusals: [] };
  };

/** Those whose turn it is. */
interface Turn {
  readonly people: readonly Person[];
  readonly turn: readonly Person[];
  /** Less those who were erased meanwhile, and `odd`: those whose address is none. */
  readonly named: readonly Person[];
  readonly odd: readonly NotSent[];
  readonly at: number;
}

const recipient = ({ address, name }: Person, index: number): Recipient => ({
  ...{ index, address, key: address, field: "to" },
  shown: Mailbox.format({ name: name?.toWellFormed() ?? null, address }),
});

/**
 * What became of a batch, as the progress says it. Where the daily limit had no room for any of it, it has none for those
 * behind it either: they are not asked for.
 */
function stepOf(
  record: AudienceRecord,
  { id, accepted, refusals, held, resets_at }: Part,
  { people, turn, named, odd, at }: Turn,
): Write[] {
  if (accepted.length === 0 && refusals[0]) {
    const { name: reason, message } = refusals[0];
    return refuseRest(record, people, { reason, message, ...(resets_at !== undefined && { resets_at }) }, at);
  }
  const suppressed = accepted.flatMap((each) => each.suppressed);
  const left = [
    ...odd,
    ...suppressed.map(({ address, reason }): NotSent => ({ address, reason, message: notMailed })),
    ...refusals.map(({ index, name: reason, message }): NotSent => {
      const address = named[index]?.address ?? "";
      return { address, reason, message, ...(resets_at !== undefined && { resets_at }) };
    }),
  ];
  const batch = { id, n: named.length };
  return Audience.advance(
    record,
    { email: turn.length, emails: accepted.length - suppressed.length, held, left, batch },
    at,
  );
}

const notAddressed = ({ address }: Person): NotSent => ({
  ...{ address, reason: "address_invalid" },
  message: "No mail can go to this address: DELETE the follower, and PUT one with an address that is right.",
});

const notMailed = "The database does not mail this address: GET /v1/suppressions says why.";

/** Errors after which the same may succeed. */
const passing: readonly AppError["name"][] = ["limit_unavailable", "not_found", "internal_server_error"];

/** Whether to wait: what was made of inbound mail waits for a paused database too, for as long as mail is held. */
function mayPass({ name }: AppError, { holds, created_at }: AudienceRecord, now: number): boolean {
  if (Date.parse(created_at) + Hold.longest <= now) return false;
  return passing.includes(name) || (holds && name === "database_paused");
}

/** Nobody of those whose turn is still to come is told by email. */
function refuseRest(
  record: AudienceRecord,
  people: readonly Person[],
  why: Omit<NotSent, "address">,
  at: number,
): Write[] {
  const rest = people.slice(record.email_done);
  const left = rest.flatMap(({ address }) => (address === "" ? [] : [{ address, ...why }]));
  return Audience.advance(record, { email: rest.length, left }, at);
}
