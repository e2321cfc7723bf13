import { original } from "../inbound/srs.ts";
import type { Migration } from "./migration.ts";

/**
 * Mail that came in before it was routed: what nothing claimed was `unrouted` and is `rejected`, all of it came by MX,
 * answered nothing that was known, and nobody had asked who vouches for it.
 */
export const received: Migration = {
  id: "received-2",
  of: "received",
  from: 1,
  to: 2,
  reads: ["status", "source", "envelope_from"],
  up({ status, source, envelope_from }) {
    if (source !== undefined) return {};
    const envelope_sender = typeof envelope_from === "string" ? original(envelope_from) : null;
    const added = { source: "mx", in_reply_to_email: null, envelope_sender, authentication: null };
    return { set: { ...added, ...(status === "unrouted" && { status: "rejected" }) } };
  },
};
