import * as Domain from "../address/domain.ts";
import { fromItem, type Version } from "../database/version.ts";
import * as Claim from "../domain/claim.ts";
import * as keys from "../keys.ts";
import type { Ports } from "../ports/main.ts";

/** A database, and the recipients of a mail that are its own. */
export interface Owner {
  readonly version: Version;
  /** Lower-case, their domains as A-labels, each once. */
  readonly recipients: readonly string[];
}

/** Whose a mail is. */
export interface Owners {
  readonly owners: readonly Owner[];
  /** How many recipients are nobody's. */
  readonly nobodys: number;
}

type Needs = Pick<Ports, "store" | "operator">;

/**
 * The databases that the recipients of an envelope belong to (R-IN): `<name>.<root domain>` by the claim on the name, any
 * other domain by the claim of the database that has proved it (R-DOM-9). Every address of such a domain is the
 * database's: with a plus tag, in any case, configured, former (R-DOM-7) or neither. A database that is being deleted,
 * and the tombstone of its name, receive nothing (R-ADDR-1).
 */
export async function find(ports: Needs, recipients: readonly string[]): Promise<Owners> {
  const addresses = [...new Set(recipients.map(normalize))];
  const byDomain = Map.groupBy(addresses, (address) => address.slice(address.lastIndexOf("@") + 1));
  const found = await Promise.all(
    [...byDomain].map(async ([domain, own]) => ({ version: await ownerOf(ports, domain), own })),
  );
  const owners = new Map<string, Owner>();
  for (const { version, own } of found) {
    if (!version) continue;
    const known = owners.get(version.id)?.recipients ?? [];
    owners.set(version.id, { version, recipients: [...known, ...own] });
  }
  const nobodys = found.filter(({ version }) => !version).reduce((sum, { own }) => sum + own.length, 0);
  return { owners: [...owners.values()], nobodys };
}

/** A recipient for comparing. What no address can be gets an empty domain, which is nobody's. */
export function normalize(recipient: string): string {
  const address = recipient.trim().replace(/^<(.*)>$/, "$1");
  const at = address.lastIndexOf("@");
  const local = address.slice(0, Math.max(at, 0)).toLowerCase();
  const domain = isLocal(local) ? Domain.toAscii(address.slice(at + 1)) : null;
  return domain === null ? `${address}@` : `${local}@${domain}`;
}

/** Whether there can be such a local part: of 64 octets at most (RFC 5321 §4.5.3.1.1), for it becomes part of a key. */
export const isLocal = (local: string): boolean => local !== "" && Buffer.byteLength(local) <= 64;

async function ownerOf(ports: Needs, domain: string): Promise<Version | undefined> {
  if (domain === "") return undefined;
  const db = await holderOf(ports, domain);
  const item = db && (await ports.store.get(keys.version(db), { consistent: true }));
  const version = item ? fromItem(item) : undefined;
  return version?.status === "deleting" ? undefined : version;
}

async function holderOf(ports: Needs, domain: string): Promise<string | undefined> {
  const root = ports.operator.root_domain;
  if (!Domain.isWithin(domain, root)) return (await Claim.read(ports, domain))?.database;
  const name = domain.slice(0, -root.length - 1);
  // The root itself is the operator's, and nothing lies below a default domain
  if (name === "" || name.includes(".")) return undefined;
  const claim = await ports.store.get(keys.nameClaim(name), { consistent: true });
  return claim && claim["expires_at"] === undefined ? String(claim["database"]) : undefined;
}
