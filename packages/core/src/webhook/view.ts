import type { EndpointRecord } from "./endpoint.ts";

/** An endpoint as it is answered: no secret. */
export type EndpointView = Omit<EndpointRecord, "database" | "sealed">;

/** What is answered of a record, and nothing else that may be stored with it. */
export const view = ({
  id,
  endpoint,
  events,
  status,
  disabled_reason,
  failing_since,
  last_delivery,
  created_at,
}: EndpointRecord): EndpointView => ({
  id,
  endpoint,
  events,
  status,
  disabled_reason,
  failing_since,
  last_delivery,
  created_at,
});

/** The fields that somebody chooses: what the audit trail has of an endpoint. */
export const chosen = ({ endpoint, events, status, disabled_reason }: EndpointRecord) => ({
  endpoint,
  events,
  status,
  disabled_reason,
});
