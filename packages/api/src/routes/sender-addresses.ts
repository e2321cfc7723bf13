import { list } from "@posthouse/core/sender/list";
import { Hono } from "hono";
import type { AppEnv, AppPorts } from "../context.ts";

/** `/v1/sender-addresses` (R-ADDR-3): all of them at once, to be allowed at a provider. */
export const senderAddresses = (ports: AppPorts) =>
  new Hono<AppEnv>().get("/", async (c) =>
    c.json({ object: "list" as const, data: await list(ports, c.var.version), has_more: false }),
  );
