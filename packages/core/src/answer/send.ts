import * as Address from "../address/address.ts";
import { type Loaded, load } from "../configuration/load.ts";
import type { Version } from "../database/version.ts";
import { relayEndpoint, smtp } from "../dispatch/carrier.ts";
import { loopTag } from "../mime/loop-tag.ts";
import { type HandOver, SmtpUnavailable } from "../ports/mailer.ts";
import type { Ports } from "../ports/main.ts";
import type { Asked } from "./answer.ts";
import type { Sender } from "./sender.ts";
import { type Words, words } from "./words.ts";

/** What became of it; of an unknown outcome nobody gets a second one. */
export interface Outcome {
  readonly sent: boolean;
  /** For people. */
  readonly why: string;
}

/** Sends an automatic answer over the platform: SES's own report, or over a relay a mail of ours (R-IN-7). Once. */
export async function send(ports: Ports, version: Version, asked: Asked, sender: Sender): Promise<Outcome> {
  const from = bounceAddress(await load(ports, version), asked.address);
  const url = ports.operator.platform_smtp_url;
  const said = words(asked);
  const handed =
    ports.operator.platform === "ses" || url === null
      ? await overSes(ports, asked, from, said)
      : await overRelay(ports, url, sender, await compose(ports, asked, from, sender, said));
  if (handed.outcome !== "refused") return { sent: true, why: "" };
  ports.log.warn("an automatic answer was not taken", {
    operation: "answer",
    database: version.id,
    code: handed.failure,
  });
  return { sent: false, why: "the platform did not take the answer" };
}

/** That of the alias domain the mail came in over, where the platform may use it; else of the default domain (R-DOM-11). */
function bounceAddress({ domains, prepared }: Loaded, address: string): string {
  const name = Address.domainOf(address);
  const domain = domains.find((each) => each.name === name) ?? prepared.fallback;
  const placement = prepared.placements.get(domain.id) ?? prepared.placements.get(prepared.fallback.id);
  return placement?.platform.bounce ?? `bounce@${prepared.fallback.name}`;
}

const overSes = (
  { bouncer, operator }: Ports,
  { receipt, address }: Asked,
  from: string,
  { text, type, status }: Words,
): Promise<HandOver> =>
  bouncer.bounce({
    message_id: receipt.id,
    from,
    recipient: address,
    reason: type,
    status,
    // One paragraph: it is SES who puts it into a mail
    explanation: text.replace(/\s+/g, " "),
    fields: { [loopTag]: operator.root_domain },
  });

async function overRelay(ports: Ports, url: string, { path }: Sender, mime: Uint8Array): Promise<HandOver> {
  const carrier = smtp(ports, async () => relayEndpoint(url));
  try {
    await carrier.ready();
    // The null reverse-path: nobody is told if it does not arrive
    return await carrier.send({ mime, envelope_from: "", recipients: [path] }, {}, "");
  } catch (error) {
    if (!(error instanceof SmtpUnavailable)) throw error;
    return { outcome: "refused", reply: error.reply, failure: error.failure, retry: false };
  } finally {
    await carrier.close();
  }
}

async function compose(
  { random, clock, operator }: Ports,
  { mail }: Asked,
  from: string,
  { path }: Sender,
  { text }: Words,
): Promise<Uint8Array> {
  const { compose: toMime } = await import("../mime/compose.ts");
  return toMime({
    from: `"MAILER-DAEMON" <${from}>`,
    to: [path],
    cc: [],
    reply_to: [],
    subject: `Auto: ${mail.subject ?? "your message"}`,
    text: `${text}\n`,
    headers: [
      { name: "Auto-Submitted", value: "auto-replied" },
      { name: "X-Auto-Response-Suppress", value: "All" },
      { name: loopTag, value: operator.root_domain },
    ],
    attachments: [],
    message_id: `<${Buffer.from(random.bytes(16)).toString("hex")}@${Address.domainOf(from)}>`,
    date: new Date(clock.now()),
    references: [...mail.references, ...(mail.message_id === null ? [] : [mail.message_id])],
    ...(mail.message_id !== null && { in_reply_to: mail.message_id }),
  });
}
