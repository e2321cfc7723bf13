import { createApp } from "@posthouse/api/app";
import type { AppPorts } from "@posthouse/api/context";
import { type Account, fixture } from "./world.ts";

/** Sends the fixture. @returns the email's id. @throws Error when it is not accepted. */
export type Send = (idempotencyKey?: string) => Promise<string>;

/** A client of the API, in this process: everything but the socket and API Gateway. */
export function createClient(ports: AppPorts): (account: Account) => Send {
  const app = createApp(ports);
  const body = JSON.stringify(fixture);
  return ({ key }) => {
    const headers = { authorization: `Bearer ${key}`, "content-type": "application/json" };
    return async (idempotencyKey) => {
      const withKey = idempotencyKey === undefined ? headers : { ...headers, "idempotency-key": idempotencyKey };
      const response = await app.request("/v1/emails", { method: "POST", headers: withKey, body });
      if (response.status !== 200) throw new Error(`a mail was not accepted: ${await response.text()}`);
      return ((await response.json()) as { id: string }).id;
    };
  };
}
