import * as Header from "@posthouse/core/inbound/header";
import type { Ses } from "./context.ts";

/** A mail that a receipt rule took, as far as it can be answered. */
export interface Received {
  id: string;
  /** Epoch milliseconds. */
  at: number;
  /** Empty = the null reverse-path. */
  envelope_from: string;
  recipients: string[];
  /** Its own fields, each in one line: what a report quotes. */
  fields: { name: string; value: string }[];
}

const DAY = 24 * 60 * 60 * 1000;
const HOUR = DAY / 24;
/** When each account last forgot what is too old. */
const swept = new WeakMap<Ses, number>();
/** What a report quotes of a mail. */
const quoted = new Set(["from", "to", "subject", "date", "message-id"]);
const longest = 500;

/** Notes a mail that came in, and now and then forgets those of the day before. */
export function note(ses: Ses, mail: Pick<Received, "id" | "envelope_from" | "recipients">, raw: Uint8Array): void {
  const fields = Header.fields(Header.split(raw).header, quoted).map(({ name, value }) => ({
    name,
    value: value.replace(/[^\x20-\x7e]+/g, "?").slice(0, longest),
  }));
  ses.transaction(() => {
    if (ses.now() - (swept.get(ses) ?? 0) > HOUR) sweep(ses);
    ses.received.put(mail.id, {
      ...mail,
      recipients: [...mail.recipients],
      fields: fields.slice(0, 20),
      at: ses.now(),
    });
  });
}

function sweep(ses: Ses): void {
  for (const { key, value } of ses.received.list()) if (!isFresh(ses, value)) ses.received.remove(key);
  swept.set(ses, ses.now());
}

/** The mail of an id, while it can be answered. */
export function find(ses: Ses, id: string): Received | undefined {
  const mail = ses.received.get(id);
  return mail && isFresh(ses, mail) ? mail : undefined;
}

const isFresh = ({ now }: Ses, { at }: Received): boolean => now() - at < DAY;
