import type { Given } from "@posthouse/core/batch/accept";
import { AppError } from "@posthouse/core/error";
import { type Context, Hono } from "hono";
import { show } from "../accepted.ts";
import type { AppEnv, AppPorts } from "../context.ts";
import { idempotency } from "../idempotency.ts";
import * as Schema from "../schemas/batch-email.ts";
import * as Email from "../schemas/email.ts";
import { json, refusal } from "../validation.ts";

/** Whether what is right is sent though something is wrong; the Resend API's header. */
export const modeHeader = "x-batch-validation";

/** `/v1/emails/batch` */
export const batchEmails = (ports: AppPorts) =>
  new Hono<AppEnv>().post("/batch", json(Schema.entries), async (c) => {
    const body = c.req.valid("json");
    const permissive = isPermissive(c);
    const key = idempotency(c, { permissive, body });
    const entries = body.map((entry) => given(c, entry));
    const { acceptAll } = await import("@posthouse/core/batch/accept");
    const { accepted, refusals } = await acceptAll(ports, c.var.version, entries, permissive, key);
    return c.json({ data: accepted.map(show), ...(permissive && { errors: refusals }) });
  });

function isPermissive(c: Context<AppEnv>): boolean {
  const mode = Schema.mode.safeParse(c.req.header(modeHeader) ?? "strict");
  if (mode.success) return mode.data === "permissive";
  throw new AppError("validation_error", `The header ${modeHeader} is to be \`strict\` or \`permissive\`.`);
}

/** An entry as core takes it, held to the domains of the caller's key; or what is wrong with it. */
function given(c: Context<AppEnv>, entry: unknown): Given {
  const parsed = Email.send.safeParse(entry);
  if (!parsed.success) return refusal(parsed.error.issues, entry);
  const { domains } = c.var;
  return { ...Email.toSendRequest(parsed.data), ...(domains && { from_domains: domains }) };
}
