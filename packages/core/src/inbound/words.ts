import type { AliasRecord } from "../alias/record.ts";
import type { Answered } from "./plan.ts";

/** Why a mail went where it went: for people, never with a sender's address in it. */

export const report =
  "A delivery report or complaint without proof that it speaks of a mail of this database: it has no valid bounce token and no Message-Id of a mail that went out to that recipient, or it names no recipient of that mail. It changes nothing.";

/** By rule. */
export const rejected = {
  virus:
    "A virus was found in it, and the setting `reject_virus` is on. It is kept to be looked at, and its sender is not told.",
  spam: "It was taken for spam, and the setting `reject_spam` is on. It is kept to be looked at, and its sender is not told.",
  catchall:
    "It came in by the catchall alone and is no answer to anything (R-IN-2). Give its sender a routing alias to write to, or route it by hand.",
  none: "It is no answer to anything, and no routing alias has its address (R-IN-4). Make one for it, or route it by hand.",
} as const;

const traces: Readonly<Record<Answered["via"], string>> = {
  references: "its References name a mail of this database",
  in_reply_to: "its In-Reply-To names a mail of this database",
  token: "it came in by an address with a valid reply token",
};

export const reply = ({ via, internal }: Answered): string =>
  `It is an answer, for ${traces[via]}: a message on that thread.${internal ? " It answers an internal note, and stays internal." : ""}`;

export const email = ({ via }: Answered): string =>
  `It is an answer, for ${traces[via]}; that email belongs to no thread.`;

export const alias = ({ address, model, record_id }: AliasRecord): string =>
  record_id === null
    ? `The routing alias ${address} makes each mail a new record of ${model}.`
    : `The routing alias ${address} makes each mail a message on ${model} ${record_id}.`;

export const refused = ({ address, accept_from }: AliasRecord): string =>
  accept_from === "followers"
    ? `The routing alias ${address} takes mail of those who follow its record, and its sender does not.`
    : `The routing alias ${address} takes mail of people the database knows: users, followers of its record, and whom it has mailed. Its sender is none of them.`;

export const unknown =
  "It answers a mail of this database, but came in by an address that was dropped (keep_old: false). Route it by hand.";

export const loop =
  "Its sender has made more than 20 new records, or entries of this record, in 120 minutes (R-IN-5). Add the sender to the setting `loop_allow_list` where that is meant to be.";

export const flood =
  "Senders that nothing vouches for (no DMARC, SPF or DKIM of their domain) have together made more than 20 entries of this record in 120 minutes (R-IN-5). Add the sender to the setting `loop_allow_list` where that is meant to be, or route it by hand.";

export const manual = "It was routed by hand.";
