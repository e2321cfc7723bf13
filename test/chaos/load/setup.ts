import { createClient } from "../../support/http.ts";
import { wanted } from "../check/told.ts";
import { databases, postDomain } from "./mail.ts";

/** What a run's databases are made with. */
export interface SetUp {
  readonly url: string;
  readonly operator_key: string;
  readonly smtp_port: number;
  /** Where webhooks go. */
  readonly endpoint: string;
  /** Daily limits that are reached, in recipients. */
  readonly limits: { readonly tight: number; readonly patient: number };
}

/** Makes the webhook, the databases, and the server of `post`. @throws Error with the answer that was no success */
export async function setUp({ url, operator_key: key, smtp_port, endpoint, limits }: SetUp): Promise<void> {
  const call = async (method: "POST" | "PATCH", path: string, body: object, database?: string): Promise<void> => {
    const client = createClient(url, { key, ...(database !== undefined && { database }), timeout_ms: 60_000 });
    const answer = await client.call(method, path, body);
    if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
  };
  // First: what an endpoint wants is remembered for a moment
  await call("POST", "/v1/operator/webhooks", { endpoint, events: wanted });
  for (const name of databases)
    await call("POST", "/v1/databases", { name, daily_limit: { shop: 1_000_000, post: 1_000_000, ...limits }[name] });
  await call("PATCH", "/v1/settings", { on_limit: "hold" }, "patient");
  await call("POST", "/v1/domains", { name: postDomain }, "post");
  const server = {
    name: "own",
    host: "127.0.0.1",
    port: smtp_port,
    encryption: "none",
    authentication: "login",
    username: `sales@${postDomain}`,
    password: "any",
    from_filter: postDomain,
    limit_per_minute: 1_000,
  };
  await call("POST", "/v1/servers", server, "post");
}
