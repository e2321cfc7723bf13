import { acceptMade, type BatchAccepted, type Make } from "../batch/accept.ts";
import { mailId } from "../batch/record.ts";
import type { Version } from "../database/version.ts";
import * as Body from "../email/body.ts";
import * as Outline from "../email/outline.ts";
import type { Accepted, SendRequest } from "../email/request.ts";
import { AppError } from "../error.ts";
import type { Id } from "../id.ts";
import type { Idempotency } from "../idempotency/claim.ts";
import type { Ports } from "../ports/main.ts";
import * as Recipients from "./recipients.ts";

/**
 * Accepts mass mail to several as one email for each of them (R-KIND-3): checked and routed once, its body stored once, and
 * committed as a batch is. All of them are accepted, or none (R-LIM-3); with `on_limit: hold` those wait that the daily
 * limit has no room for (R-LIM-4). Whoever is suppressed or has opted out gets an email that ends so and counts nowhere;
 * for an address that is none, or there twice, none is made.
 * @throws AppError as `accept` does for a single email.
 */
export async function acceptEach(
  ports: Ports,
  version: Version,
  request: SendRequest,
  key?: Idempotency,
): Promise<Accepted> {
  try {
    return answerOf(await acceptMade(ports, version, maker(ports, version, request), false, key));
  } catch (error) {
    // One mail for which there is no room is all of this request, not an entry of it
    if (error instanceof AppError && error.details?.["index"] !== undefined && error.cause instanceof AppError)
      throw error.cause;
    throw error;
  }
}

function maker(ports: Ports, version: Version, request: SendRequest): Make {
  return async (loaded, batch) => {
    const { each, left } = Recipients.read(request);
    const to = each.slice(0, 1).map(({ given }) => given);
    const first = await Outline.make(ports, version, loaded, { ...request, to, cc: [], bcc: [] }, mailId(batch, 0));
    const common = Body.common(first.content, first.id);
    const outlined = each.map((recipient, n) => ({
      index: recipient.index,
      outline: outlineFor(first, common, recipient, mailId(batch, n)),
    }));
    return { outlined, refusals: [], left };
  };
}

/** The same mail for another. */
function outlineFor(
  first: Outline.Outline,
  common: Body.Body,
  recipient: Recipients.Recipient,
  id: Id<"email">,
): Outline.Outline {
  const shown_to = recipient.shown;
  const addressees = { all: [recipient], to: [shown_to], cc: [], bcc: [] };
  return { ...first, id, addressees, common, content: Body.individual(common, { id, shown_to }) };
}

function answerOf({ accepted, left = [] }: BatchAccepted): Accepted {
  const [first] = accepted;
  if (!first) throw new Error("a mass mail was accepted for nobody");
  const suppressed = [...accepted.flatMap((each) => each.suppressed), ...left];
  return { ...first, suppressed, ids: accepted.map(({ id }) => id) };
}
