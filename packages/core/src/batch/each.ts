import type { Loaded } from "../configuration/load.ts";
import type { Version } from "../database/version.ts";
import type { Addressee, Addressees } from "../email/addressee.ts";
import * as Body from "../email/body.ts";
import * as Outline from "../email/outline.ts";
import type { SendRequest } from "../email/request.ts";
import type { Id } from "../id.ts";
import type { Ports } from "../ports/main.ts";
import type { Outlined } from "./manifest.ts";
import { mailId } from "./record.ts";

/** One of those who get the same mail, each one of their own. */
export interface Recipient extends Addressee {
  /** Its place among those of the request. */
  readonly index: number;
  /** As To shows it. */
  readonly shown: string;
}

/**
 * The same mail to each of them: checked and routed once, with a body that is stored once. They were read before, and are
 * not read again: what is wrong is never one of them.
 * @param recipients at least one
 * @throws AppError what is wrong with the mail
 */
export async function outlines(
  ports: Ports,
  version: Version,
  loaded: Loaded,
  request: SendRequest,
  batch: Id<"batch">,
  recipients: readonly Recipient[],
): Promise<Outlined[]> {
  const addressees = addresseesOf(recipients.slice(0, 1));
  const first = await Outline.make(ports, version, loaded, request, { id: mailId(batch, 0), known: addressees });
  const common = Body.common(first.content, first.id);
  return recipients.map((recipient, n) => ({
    index: recipient.index,
    outline: outlineFor(first, common, recipient, mailId(batch, n)),
  }));
}

/** The same mail for another. */
function outlineFor(first: Outline.Outline, common: Body.Body, recipient: Recipient, id: Id<"email">): Outline.Outline {
  const content = Body.individual(common, { id, shown_to: recipient.shown });
  return { ...first, id, addressees: addresseesOf([recipient]), common, content };
}

const addresseesOf = (recipients: readonly Recipient[]): Addressees => ({
  ...{ all: recipients, to: recipients.map(({ shown }) => shown) },
  ...{ cc: [], bcc: [] },
});
