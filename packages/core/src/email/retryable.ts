import { normalize } from "../address/address.ts";
import type { InHand } from "../dispatch/hand.ts";
import { AppError } from "../error.ts";
import type { Ports } from "../ports/main.ts";
import { among } from "../suppression/among.ts";
import { erased, type Head, type Recipient, type State, waiting } from "./head.ts";
import type { LeftOut } from "./request.ts";

/** States that can be tried again on request. Whoever complained does not want it; what was canceled is sent anew. */
const retryable: readonly State[] = ["failed", "bounced"];

/** Who gets another attempt. */
export interface Chosen {
  readonly again: readonly Recipient[];
  /** Recipients left out because the database does not mail them (R-FAIL-5). */
  readonly suppressed: readonly LeftOut[];
}

/** The recipients of an email with the states they have, that of a single one the head's; not those who were erased. */
export function everyone({ head, recipients }: InHand): (Recipient & { readonly state: State })[] {
  const { state, failure_type, to, field = "to" } = head;
  const of = failure_type === undefined ? { state } : { state, failure_type };
  if (head.recipients > 1)
    return recipients
      .filter(({ address }) => address !== erased)
      .map((one) => (one.state ? { ...one, state: one.state } : { ...one, ...of }));
  return to === undefined || to === erased ? [] : [{ n: 0, address: to, field, ...of }];
}

/**
 * Whom an email is tried again for: all that failed or bounced, or those of them that are asked for.
 * @param inHand with all of its recipients.
 * @param asked addresses; absent = all that can be.
 * @throws AppError invalid_parameter for one that is no recipient; conflict, with the reason, where there is nobody.
 */
export async function choose(
  { store, clock }: Pick<Ports, "store" | "clock">,
  inHand: InHand,
  asked?: readonly string[],
): Promise<Chosen> {
  const { head } = inHand;
  assertEnded(head);
  const all = everyone(inHand);
  const wanted = asked === undefined ? all.filter(({ state }) => retryable.includes(state)) : named(all, asked);
  if (wanted.length === 0) {
    const states = [...new Set(all.map(({ state }) => state))].join(", ") || erased;
    throw new AppError(
      "conflict",
      `Nothing of this email can be tried again: only what failed or bounced; it is ${states}.`,
    );
  }
  const addresses = wanted.map(({ address }) => normalize(address));
  const listed = await among(store, head.database, addresses, head.kind, clock.now());
  const reasons = addresses.map((address) => listed.get(address));
  const again = wanted.filter((_, n) => reasons[n] === undefined);
  const suppressed = wanted.flatMap(({ address }, n) => {
    const reason = reasons[n];
    return reason === undefined ? [] : [{ address, reason }];
  });
  if (again.length === 0) throw allLeftOut(suppressed);
  return { again, suppressed };
}

function allLeftOut(suppressed: readonly LeftOut[]): AppError {
  const left = suppressed.map(({ address, reason }) => `${address} (${reason})`).join(", ");
  return new AppError(
    "conflict",
    `Not mailed, so not tried again: ${left}. Take them off the list of suppressions or opt-outs first.`,
    { details: { suppressed } },
  );
}

function assertEnded({ state }: Head): void {
  if (state !== "sending" && !waiting.includes(state)) return;
  throw new AppError(
    "conflict",
    `This email is ${state}: it is tried without being asked. Wait until it has ended, or cancel what waits of it.`,
    { details: { status: state } },
  );
}

function named(all: ReturnType<typeof everyone>, asked: readonly string[]): ReturnType<typeof everyone> {
  const wanted = new Set(asked.map(normalize));
  const found = all.filter(({ address }) => wanted.has(normalize(address)));
  const stranger = asked.find((address) => !found.some((one) => normalize(one.address) === normalize(address)));
  if (stranger !== undefined)
    throw new AppError("invalid_parameter", `\`recipients\` names ${stranger}, which is no recipient of this email.`, {
      details: { field: "recipients" },
    });
  const other = found.find(({ state }) => !retryable.includes(state));
  if (other)
    throw new AppError(
      "conflict",
      `${other.address} is ${other.state}: only what failed or bounced can be tried again.`,
    );
  return found;
}
