import { normalize, read } from "../address/address.ts";
import { AppError } from "../error.ts";
import * as Id from "../id.ts";

/** The lists whose entries are named by their address, or by an id made of it. */
export type List = "suppression" | "opt_out";

/** The address, normalised, that is named by the id of an entry or by itself; undefined for what names none. */
export function find(list: List, named: string): string | undefined {
  const text = named.includes("@") ? named : (Id.textOf(list, named) ?? "");
  return "reason" in read(text.trim()) ? undefined : normalize(text);
}

/** As {@link find}. @throws AppError not_found for what names no address. */
export function addressOf(list: List, named: string): string {
  const address = find(list, named);
  if (address === undefined) throw unknown(list);
  return address;
}

/** The error for an address that is not on the list. */
export const unknown = (list: List): AppError =>
  new AppError(
    "not_found",
    `There is no such ${list === "suppression" ? "suppression" : "opt-out"}: look at the list.`,
  );

/**
 * An address that is to be put on a list, normalised.
 * @param field of the request.
 * @throws AppError invalid_parameter for what is none.
 */
export function assertAddress(address: string, field: string): string {
  const found = read(address.trim());
  if (!("reason" in found)) return normalize(address);
  throw new AppError("invalid_parameter", `\`${field}\` is no address: it ${found.reason}.`, { details: { field } });
}
