import { alarm } from "./alarm.ts";
import type { Check } from "./check.ts";
import { dashboard } from "./dashboard.ts";
import { dns } from "./dns.ts";
import { environment } from "./environment.ts";
import { front } from "./front.ts";
import { gateway } from "./gateway.ts";
import { handler } from "./handler.ts";
import { keeping } from "./keeping.ts";
import { link } from "./link.ts";
import { log } from "./log.ts";
import { loop } from "./loop.ts";
import { mail } from "./mail.ts";
import { mapping } from "./mapping.ts";
import { memory } from "./memory.ts";
import { open } from "./open.ts";
import { permission } from "./permission.ts";
import { queue } from "./queue.ts";
import { receipt } from "./receipt.ts";
import { resource } from "./resource.ts";
import { secret } from "./secret.ts";
import { service } from "./service.ts";
import { table } from "./table.ts";
import { tenant } from "./tenant.ts";
import { trace } from "./trace.ts";
import { wiring } from "./wiring.ts";

/** Every check by its name. */
export const checks = {
  alarm,
  dashboard,
  dns,
  environment,
  front,
  gateway,
  handler,
  keeping,
  link,
  log,
  loop,
  mail,
  mapping,
  memory,
  open,
  permission,
  queue,
  receipt,
  resource,
  secret,
  service,
  table,
  tenant,
  trace,
  wiring,
} as const satisfies Record<string, Check>;

/** A check's name. */
export type CheckName = keyof typeof checks;
