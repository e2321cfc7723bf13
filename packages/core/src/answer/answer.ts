import { load } from "../configuration/load.ts";
import type { Version } from "../database/version.ts";
import type { Letter } from "../inbound/copy.ts";
import type { Ports } from "../ports/main.ts";
import * as Claim from "./claim.ts";
import { inPace } from "./pace.ts";
import { send } from "./send.ts";
import type { Sender } from "./sender.ts";

/** An automatic answer (R-IN-7). */
export interface Asked extends Pick<Letter, "receipt" | "mail" | "authentication" | "patience"> {
  /** The address the mail came in by, which answers. */
  readonly address: string;
  readonly reason: "no_such_address" | "refused" | "loop";
  /** The alias's own words to a sender who is refused; null = the usual ones. */
  readonly text: string | null;
}

/**
 * Answers a sender automatically where that may be (R-IN-7): nobody whom others may have named as the sender, no
 * machine, nobody twice a day, and no mail twice. Claimed before it is sent: after a crash in between there is no answer, and never
 * two. Called as often as need be.
 * @returns in words what was done, or why it was not, for the explanation of the mail's route.
 */
export async function answer(ports: Ports, version: Version, asked: Asked): Promise<string> {
  const sender = await allowed(ports, version, asked);
  if ("not" in sender) return told(ports, version, asked, sender.not);
  const claim = await Claim.take(ports, version, { ...asked, sender: sender.from });
  if ("not" in claim) return told(ports, version, asked, claim.not);
  const outcome = (await inPace(ports, asked.patience))
    ? await send(ports, version, asked, sender)
    : { sent: false, why: "too many automatic answers are under way" };
  if (outcome.sent) return told(ports, version, asked, null);
  await Claim.giveBack(ports, version, claim.day);
  return told(ports, version, asked, outcome.why);
}

/** Who is answered. `not` = nobody, and why. */
async function allowed(ports: Ports, version: Version, asked: Asked): Promise<Sender | { readonly not: string }> {
  if (version.status !== "active") return { not: "the database is paused" };
  if (version.delivery !== "live") return { not: "the database sends no mail out" };
  const { receipt, mail } = asked;
  // The list of public suffixes it needs is large, and mail is seldom answered
  const { senderOf } = await import("./sender.ts");
  const { domains } = await load(ports, version);
  const own = new Set([ports.operator.root_domain, ...domains.map(({ name }) => name)]);
  const authentication = await asked.authentication();
  return senderOf({ receipt, mail, authentication, own, now: ports.clock.now() });
}

function told({ log }: Ports, version: Version, { receipt }: Asked, not: string | null): string {
  log.info(not === null ? "a mail was answered automatically" : `a mail was not answered automatically: ${not}`, {
    operation: "answer",
    database: version.id,
    code: receipt.id,
  });
  return not === null ? "Its sender was told so automatically." : `Its sender was not told: ${not}.`;
}
