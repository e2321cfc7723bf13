import type { Http } from "@posthouse/core/ports/http";
import type { Ports } from "@posthouse/core/ports/main";
import { tick } from "@posthouse/core/tick/run";
import { run } from "@posthouse/core/webhook/batch";
import { create } from "@posthouse/core/webhook/create";
import { type DeliveryView, list } from "@posthouse/core/webhook/deliveries";
import type { Owner } from "@posthouse/core/webhook/endpoint";
import * as Endpoint from "@posthouse/core/webhook/endpoint";
import { type EventType, put } from "@posthouse/core/webhook/outbox";
import type { TestPorts } from "@posthouse/local/testing";
import { onTestFinished } from "vitest";
import { type Answer, type Receiver, startReceiver } from "./receiver.ts";

/** An endpoint with the receiver behind it. */
export interface Hook extends Receiver {
  readonly id: Endpoint.EndpointRecord["id"];
  readonly secret: string;
  record(): Promise<Endpoint.EndpointRecord>;
  /** All deliveries to it, those of the newest events first. */
  deliveries(): Promise<readonly DeliveryView[]>;
}

/** Makes an endpoint whose receiver answers as `how` says; 204 unless told otherwise. */
export async function makeHook(
  ports: Ports,
  owner: Owner,
  { how, events = ["email.sent"], url }: { how?: Answer; events?: readonly EventType[]; url?: string } = {},
): Promise<Hook> {
  const receiver = await startReceiver(how);
  const { id, signing_secret } = await create(ports, owner, { endpoint: url ?? receiver.url, events });
  return {
    ...receiver,
    id,
    secret: signing_secret,
    async record() {
      const found = await Endpoint.find(ports, owner, id);
      if (!found) throw new Error("the endpoint is gone");
      return found;
    },
    deliveries: async () => (await list(ports, owner, id, { limit: 1_000 })).data,
  };
}

/** Makes one for the test that runs, as {@link makeHook}; it is closed when the test is over. */
export async function lendHook(ports: Ports, owner: Owner, how?: Answer): Promise<Hook> {
  const hook = await makeHook(ports, owner, how ? { how } : {});
  onTestFinished(() => hook.close());
  return hook;
}

/** Has an endpoint want these events, whom nobody tells of them: they wait in the outbox. */
export const want = (ports: Ports, owner: Owner, ...events: readonly EventType[]) =>
  create(ports, owner, { endpoint: "https://hooks.example.com/", events });

/** Puts an event into the outbox of a database; it is enqueued with it. */
export async function tell(ports: Ports, db: string, id: string, type: EventType = "email.sent"): Promise<void> {
  await ports.store.write(put(db, { id, type, data: { email_id: id } }, ports.clock.now()));
}

/** The same ports, but that nobody waits for an endpoint longer than so. */
export const impatient = (ports: Ports, timeout = 150): Ports => {
  const request: Http["request"] = (one) => ports.http.request({ ...one, timeout });
  return { ...ports, http: { ...ports.http, request } };
};

/** Plays the event-source mapping of the webhook queue until nothing can be received. @returns messages that failed */
export async function pump({ jobs }: TestPorts, ports: Ports): Promise<number> {
  let failed = 0;
  for (;;) {
    const taken = await jobs.take("webhook", 10);
    if (taken.length === 0) return failed;
    failed += (await run(ports, taken)).failed.length;
  }
}

/** Moves the clock on, and plays the tick and the queue. */
export async function later(env: TestPorts, seconds: number, ports: Ports = env.ports): Promise<void> {
  env.advance(seconds * 1000);
  await tick(ports);
  await pump(env, ports);
}
