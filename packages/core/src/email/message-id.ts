import { type Id, is } from "../id.ts";

/** The email or message that a Message-Id (angle brackets included) of ours names, if it is shaped so; in any case. */
export function own(messageId: string): Id<"email"> | Id<"message"> | undefined {
  const id = /^<((?:em|msg)_[^@]+)@/i.exec(messageId)?.[1]?.toLowerCase();
  return id !== undefined && (is("email", id) || is("message", id)) ? id : undefined;
}

/**
 * What a Message-Id (angle brackets included) is kept as: the header's whole text; of SES's the id alone as well, for its
 * domain differs by Region. None for what no key can hold.
 */
export function knownAs(messageId: string): string[] {
  if (!/^[\x21-\x7e]{1,502}$/.test(messageId)) return [];
  const provider = /^<([^@<>]+)@(?:email|[a-z0-9-]+)\.amazonses\.com>$/i.exec(messageId)?.[1];
  return provider === undefined ? [messageId] : [provider, messageId];
}
