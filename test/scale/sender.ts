import { createApp } from "@posthouse/api/app";
import { create } from "@posthouse/core/database/create";
import { run as provision } from "@posthouse/core/database/provision";
import { type Account, fixture, type World } from "../bench/world.ts";

/** Sends to the API of a world, in this process; what is refused for a limit is an answer like any other. */
export interface Sender {
  /** Makes a provisioned database. */
  make(name: string, limit: number): Promise<Account>;
  /** A transactional mail. @returns whether it was accepted */
  one(account: Account, to?: string): Promise<boolean>;
  /** Mass mail to so many, as one batch. @returns whether it was accepted */
  batch(account: Account, mails: number): Promise<boolean>;
}

/** A sender for a world. */
export function createSender({ ports }: World): Sender {
  const app = createApp(ports);
  const post = async ({ key }: Account, path: string, body: object): Promise<boolean> => {
    const headers = { authorization: `Bearer ${key}`, "content-type": "application/json" };
    const response = await app.request(path, { method: "POST", headers, body: JSON.stringify(body) });
    if (response.status === 200) return true;
    if (response.status === 429) return false;
    throw new Error(`${path} answered ${response.status}: ${await response.text()}`);
  };
  return {
    async make(name, daily_limit) {
      const { database, api_key } = await create(ports, { name, daily_limit });
      await provision(ports, [{ id: name, group: null, body: { database: database.id } }]);
      return { id: database.id, key: api_key };
    },
    one: (account, to = fixture.to) => post(account, "/v1/emails", { ...fixture, to }),
    batch: (account, mails) =>
      post(
        account,
        "/v1/emails/batch",
        Array.from({ length: mails }, (_, n) => ({ ...fixture, to: `customer${n}@example.net`, kind: "mass" })),
      ),
  };
}
