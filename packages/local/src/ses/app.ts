import { randomUUID } from "node:crypto";
import type { HttpBindings } from "@hono/node-server";
import { RESPONSE_ALREADY_SENT } from "@hono/node-server/utils/response";
import { type Context, Hono } from "hono";
import type { Ses } from "./context.ts";
import { SesError } from "./error.ts";
import { Dropped, Injected } from "./fault.ts";
import type { Operation } from "./operation.ts";
import { accountOperations } from "./operations/account.ts";
import { associationOperations } from "./operations/association.ts";
import { configurationSetOperations } from "./operations/configuration-set.ts";
import { emailOperations } from "./operations/email.ts";
import { eventDestinationOperations } from "./operations/event-destination.ts";
import { identityOperations } from "./operations/identity.ts";
import { identityAttributeOperations } from "./operations/identity-attributes.ts";
import { recommendationOperations } from "./operations/recommendation.ts";
import { reputationOperations } from "./operations/reputation.ts";
import { suppressionOperations } from "./operations/suppression.ts";
import { tenantOperations } from "./operations/tenant.ts";
import * as Query from "./query.ts";
import { createBucket } from "./rate.ts";
import * as ReceiptRules from "./receipt-rules.ts";

type Env = { Bindings: HttpBindings };

const OPERATIONS: Operation[] = [
  accountOperations,
  associationOperations,
  configurationSetOperations,
  emailOperations,
  eventDestinationOperations,
  identityOperations,
  identityAttributeOperations,
  recommendationOperations,
  reputationOperations,
  suppressionOperations,
  tenantOperations,
].flat();

/** The SES v2 API over an account, by the AWS REST-JSON protocol, and what only v1 has, by the Query protocol. */
export function createApp(ses: Ses): Hono<Env> {
  const app = new Hono<Env>();
  app.use(async (c, next) => {
    // A web page cannot set this header without a preflight, which is never answered: it cannot send mail here.
    if (!c.req.header("authorization")?.startsWith("AWS4-")) {
      throw new SesError("MissingAuthenticationTokenException", "Missing Authentication Token: sign the request.");
    }
    c.header("x-amzn-requestid", randomUUID());
    await next();
  });
  app.post("/", ReceiptRules.describe(ses));
  for (const operation of OPERATIONS) route(app, ses, operation);
  app.post("/", (c) => Query.answer(ses, c));
  app.notFound(() => {
    throw new SesError("UnknownOperationException", "The embedded SES does not know this operation.");
  });
  app.onError(fail);
  return app;
}

function route(app: Hono<Env>, ses: Ses, operation: Operation): void {
  const bucket = createBucket();
  app.on(operation.method, operation.path, async (c) => {
    const rate = ses.switches.managementRate;
    if (operation.name !== "SendEmail" && rate !== undefined && !bucket.take(1, rate, ses.now())) {
      throw new SesError("TooManyRequestsException", "Too many requests have been made to the operation.");
    }
    return c.json(await operation.run(ses, { ...(await body(c)), ...query(c), ...c.req.param() }));
  });
}

async function body(c: Context<Env>): Promise<object> {
  const text = await c.req.text();
  if (text === "") return {};
  try {
    return JSON.parse(text) as object;
  } catch (cause) {
    throw Object.assign(new SesError("SerializationException", "The request body is not JSON."), { cause });
  }
}

function query(c: Context<Env>): Record<string, string | string[] | undefined> {
  const entries = Object.entries(c.req.queries());
  return Object.fromEntries(entries.map(([name, values]) => [name, values.length === 1 ? values[0] : values]));
}

function fail(error: Error, c: Context<Env>): Response {
  if (error instanceof Dropped) {
    c.env.incoming.socket.destroy();
    return RESPONSE_ALREADY_SENT;
  }
  const known = error instanceof SesError || error instanceof Injected;
  const { name, status, message } = known
    ? error
    : { name: "InternalServiceErrorException", status: 500, message: error.message };
  return new Response(JSON.stringify({ message }), {
    status,
    headers: { "content-type": "application/json", "x-amzn-errortype": name, "x-amzn-requestid": randomUUID() },
  });
}
