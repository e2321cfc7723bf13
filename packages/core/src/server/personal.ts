import * as Address from "../address/address.ts";
import type { Loaded } from "../configuration/load.ts";
import { AppError } from "../error.ts";
import { create as addressesOf } from "../routing/addresses.ts";
import { view as settingsOf } from "../settings/view.ts";
import type { ServerRecord } from "./record.ts";

/**
 * Checks a personal server (R-PERS-1): over `smtp`, filter and username are its owner's address, and at most one active
 * an owner.
 * @throws AppError invalid_parameter; conflict for a second one.
 */
export function assertPersonal(loaded: Loaded, server: ServerRecord): void {
  const { owner } = server;
  if (owner === null) return;
  if (!Address.isAddress(owner)) throw refusal("owner", "is to be a user's bare address");
  if (server.kind !== "smtp") throw refusal("owner", "is given for `kind: smtp` only");
  const address = Address.normalize(owner);
  if (server.from_filter !== address)
    throw refusal("from_filter", `of a personal server is its owner's address, ${address}`);
  if (server.username !== null && Address.normalize(server.username) !== address)
    throw refusal("username", `of a personal server is its owner's address, ${address}`);
  const other = loaded.servers.find(({ id, active, owner }) => id !== server.id && active && owner === address);
  if (other && server.active)
    throw new AppError(
      "conflict",
      `${address} has an active personal server already, "${other.name}": make that inactive first.`,
    );
}

/**
 * Checks whose personal server it is to be (R-PERS-1): no notification, bot or admin address.
 * @throws AppError invalid_parameter
 */
export function assertOwner(loaded: Loaded, owner: string | null): void {
  if (owner !== null && reserved(loaded).has(Address.normalize(owner)))
    throw refusal("owner", "is an address of the database itself, not a user's");
}

function reserved({ domains, settings }: Loaded): Set<string> {
  const { admin_address, bot_address } = settingsOf({ settings, domains });
  const notifications = domains.map((domain) => addressesOf(domain).notification);
  return new Set([admin_address, bot_address, ...notifications].map(Address.normalize));
}

const refusal = (field: string, why: string): AppError =>
  new AppError("invalid_parameter", `${field} ${why}.`, { details: { field } });
