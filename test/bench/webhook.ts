import type { Id } from "@posthouse/core/id";
import { run } from "@posthouse/core/webhook/batch";
import { create } from "@posthouse/core/webhook/create";
import { put } from "@posthouse/core/webhook/outbox";
import { wanted } from "@posthouse/core/webhook/wanted";
import { type Cost, counter } from "./cost.ts";
import { createAccount, startWorld } from "./world.ts";

/** What an event costs that one endpoint wants, and takes at once: exact, the same at every run. */
export interface Telling {
  /** Its item in the outbox, here by itself, and its message. */
  readonly written: Cost;
  /** Finding out what is wanted, where nothing is remembered: once in 10 s a process and database. */
  readonly cold: Cost;
  /** From the queue to the endpoint's answer. */
  readonly told: Cost;
}

/** Counts the second event of a database with one endpoint, and none of the operator's. */
export async function countTelling(): Promise<Telling> {
  const world = await startWorld();
  try {
    const answered = async () => ({ status: 204, body: "" });
    const ports = { ...world.ports, http: { ...world.ports.http, request: answered } };
    const { id } = await createAccount(ports, "told");
    await create(ports, id as Id<"database">, { endpoint: "http://127.0.0.1/", events: ["email.delivered"] });
    const count = counter(world);
    const write = (n: number) => () => {
      const data = {
        email_id: `em_${n}`,
        created_at: "2026-01-01T00:00:00.000Z",
        from: "a@company.com",
        to: ["b@c.example"],
      };
      return ports.store.write(put(id, { id: `em_${n}.delivered`, type: "email.delivered", data }, ports.clock.now()));
    };
    const tell = async () => run(ports, await world.env.jobs.take("webhook"));
    await write(1)();
    await tell();
    const written = await count(write(2));
    const told = await count(tell);
    world.env.advance(11_000);
    return { written, told, cold: await count(() => wanted(ports, id)) };
  } finally {
    await world.close();
  }
}
