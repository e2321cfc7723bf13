import { addressParser } from "postal-mime";
import { badRequest } from "./error.ts";

const DOMAIN = /^(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.)+[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/i;

/** Bare addresses of one header value or parameter, groups flattened (RFC 5322, section 3.4). */
export function parse(value: string): string[] {
  return addressParser(value).flatMap((entry) =>
    entry.group ? entry.group.map((member) => check(member.address, value)) : [check(entry.address, value)],
  );
}

/** Addresses of a header value with their names, decoded (RFC 2047), for people to read. */
export function display(value: string): string[] {
  return addressParser(value)
    .flatMap((entry) => entry.group ?? [entry])
    .map(({ name, address }) => (name ? `${name} <${address}>` : (address ?? "")));
}

/** The address itself, or `BadRequestException` with what SES finds wrong with it: it takes ASCII only. */
function check(address: string | undefined, value: string): string {
  const at = address?.lastIndexOf("@") ?? -1;
  if (!address || at < 0) throw badRequest(`Missing final '@domain' in address '${value}'.`);
  const local = address.slice(0, at);
  if (!/^[\x21-\x7e]{1,64}$/.test(local)) {
    throw badRequest("Local address contains control or whitespace, non-ASCII characters, or is not 1 to 64 long.");
  }
  if (!DOMAIN.test(address.slice(at + 1))) {
    throw badRequest(`Domain of '${address}' contains an illegal character: give it in ASCII (punycode).`);
  }
  return address;
}
