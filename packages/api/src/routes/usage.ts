import { usage as read, type Usage } from "@posthouse/core/limit/usage";
import { Hono } from "hono";
import type { AppEnv, AppPorts } from "../context.ts";

/**
 * What the Resend package reads of `GET /usage`. There is no monthly limit; its figure is what was counted in the
 * calendar month (UTC) as far as the history goes back, and its end that of the month.
 */
function resend({ date, used, limit, resets_at, history }: Usage) {
  const month = history.filter((day) => day.date.startsWith(date.slice(0, 7)));
  const total = month.reduce((sum, { accepted }) => sum + accepted, 0);
  const [year = 0, number = 1] = date.split("-").map(Number);
  const monthly = {
    used: total,
    limit: null,
    sent: total,
    received: 0,
    resets_at: new Date(Date.UTC(year, number, 1)).toISOString(),
  };
  return { daily: { used, limit, sent: used, received: 0, resets_at }, monthly };
}

/** `/v1/usage` (R-LIM-2). Nothing is ever held while `on_limit` can only be `reject`. */
export const usage = (ports: AppPorts) =>
  new Hono<AppEnv>().get("/", async (c) => {
    const found = await read(ports, c.var.version);
    return c.json({ object: "usage" as const, ...found, held: 0, emails: resend(found) });
  });
