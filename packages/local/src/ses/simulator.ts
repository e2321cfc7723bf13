/** What becomes of the copy for one recipient. */
export type Fate = "delivery" | "bounce" | "ooto" | "complaint" | "suppressed";

const DOMAIN = "simulator.amazonses.com";

const FATES = new Map<string, Fate>([
  ["success", "delivery"],
  ["bounce", "bounce"],
  ["ooto", "ooto"],
  ["complaint", "complaint"],
  ["suppressionlist", "suppressed"],
]);

/** True for the addresses of the mailbox simulator: outside quota, sandbox and reputation. */
export function includes(address: string): boolean {
  return address.toLowerCase().endsWith(`@${DOMAIN}`);
}

/** Fate of a copy: simulator addresses, with or without a +label, have theirs; ordinary mail is delivered. */
export function fate(address: string): Fate {
  if (!includes(address)) return "delivery";
  const name = address
    .toLowerCase()
    .slice(0, -DOMAIN.length - 1)
    .replace(/\+.*$/, "");
  return FATES.get(name) ?? "bounce";
}
