import { createApp } from "@posthouse/api/app";
import type { AppPorts } from "@posthouse/api/context";
import { type Account, fixture } from "./world.ts";

/** Sends the fixture. @returns the email's id. @throws Error when it is not accepted. */
export type Send = (idempotencyKey?: string) => Promise<string>;

/** Sends the fixture so many times at once. @returns the emails' ids. */
export type SendBatch = (mails: number) => Promise<readonly string[]>;

/** A client of the API, in this process: everything but the socket and API Gateway. */
export function createClient(ports: AppPorts): (account: Account) => Send {
  const post = poster(ports);
  const body = JSON.stringify(fixture);
  return ({ key }) =>
    async (idempotencyKey) => {
      const headers = idempotencyKey === undefined ? {} : { "idempotency-key": idempotencyKey };
      return (await post<{ id: string }>("/v1/emails", key, body, headers)).id;
    };
}

/** The same for batches, each mail to a recipient of its own. */
export function createBatchClient(ports: AppPorts): (account: Account) => SendBatch {
  const post = poster(ports);
  return ({ key }) =>
    async (mails) => {
      const each = (n: number) => ({ ...fixture, to: `customer${n}@example.net` });
      const body = JSON.stringify(Array.from({ length: mails }, (_, n) => each(n)));
      const { data } = await post<{ data: { id: string }[] }>("/v1/emails/batch", key, body);
      return data.map(({ id }) => id);
    };
}

function poster(ports: AppPorts) {
  const app = createApp(ports);
  return async <T>(path: string, key: string, body: string, more: Record<string, string> = {}): Promise<T> => {
    const headers = { authorization: `Bearer ${key}`, "content-type": "application/json", ...more };
    const response = await app.request(path, { method: "POST", headers, body });
    if (response.status !== 200) throw new Error(`${path} did not accept: ${await response.text()}`);
    return (await response.json()) as T;
  };
}
