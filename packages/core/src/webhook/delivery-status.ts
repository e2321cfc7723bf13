/** Where a delivery stands: the closed list. */
export const statuses = ["pending", "delivered", "failed"] as const;

/** One of them. */
export type DeliveryStatus = (typeof statuses)[number];
