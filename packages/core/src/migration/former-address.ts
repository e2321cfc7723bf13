import type { Migration } from "./migration.ts";

/**
 * Former addresses that were kept before their purpose was: the usual names tell, and what most mail came back to is the
 * catchall.
 */
export const formerAddress: Migration = {
  id: "former-address-2",
  of: "former_address",
  from: 1,
  to: 2,
  reads: ["address", "purpose", "dropped"],
  up: ({ address, purpose, dropped }) =>
    purpose === undefined && dropped !== true ? { set: { purpose: guess(String(address)) } } : {},
};

function guess(address: string): "bounce" | "catchall" | "notification" {
  if (address.startsWith("bounce@")) return "bounce";
  return address.startsWith("notifications@") ? "notification" : "catchall";
}
