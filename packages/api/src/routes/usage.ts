import { usage as read, type Usage } from "@posthouse/core/limit/usage";
import { view as reputationOf } from "@posthouse/core/reputation/view";
import { usage as usageOfServers } from "@posthouse/core/server/usage";
import { Hono } from "hono";
import type { AppEnv, AppPorts } from "../context.ts";

/**
 * What the Resend package reads of `GET /usage`. There is no monthly limit; its figure is what was counted in the
 * calendar month (UTC) as far as the history goes back, and its end that of the month.
 */
function resend({ date, used, limit, resets_at, history }: Usage) {
  const month = history.filter((day) => day.date.startsWith(date.slice(0, 7)));
  const total = month.reduce((sum, { accepted }) => sum + accepted, 0);
  const received = month.reduce((sum, day) => sum + day.received, 0);
  const receivedToday = history.find((day) => day.date === date)?.received ?? 0;
  const [year = 0, number = 1] = date.split("-").map(Number);
  const monthly = {
    used: total,
    limit: null,
    sent: total,
    received,
    resets_at: new Date(Date.UTC(year, number, 1)).toISOString(),
  };
  return { daily: { used, limit, sent: used, received: receivedToday, resets_at }, monthly };
}

/** `/v1/usage` (R-LIM-2), and that of servers with limits of their own (R-LIM-5). */
export const usage = (ports: AppPorts) =>
  new Hono<AppEnv>().get("/", async (c) => {
    const { version } = c.var;
    const [found, servers, reputation] = await Promise.all([
      read(ports, version),
      usageOfServers(ports, version),
      reputationOf(ports, version),
    ]);
    return c.json({ object: "usage" as const, ...found, servers, reputation, emails: resend(found) });
  });
