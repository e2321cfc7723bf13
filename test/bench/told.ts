import { setTimeout as sleep } from "node:timers/promises";
import { Webhook } from "standardwebhooks";
import { createClient } from "../support/http.ts";
import { startPosthouse } from "../support/process.ts";
import { startReceiver } from "../support/receiver.ts";
import { type Spread, spread } from "./statistics.ts";

/** How long it takes until a bounce is known, in ms from the request that sends the mail. */
export interface Told {
  /** Until `GET /v1/emails/{id}` says so. */
  readonly shown: Spread;
  /** Until a webhook's receiver has it, signed. */
  readonly received: Spread;
}

const patience_ms = 60_000;

/** Sends `count` mails, one after another, to the mailbox simulator's bounce@, by the program as `npm start` starts it. */
export async function measure(count: number): Promise<Told> {
  await using stack = new AsyncDisposableStack();
  const posthouse = await startPosthouse();
  stack.defer(async () => void (await posthouse.stop()));
  const arrived = new Map<unknown, number>();
  const receiver = await startReceiver((response, { json }) => {
    arrived.set(json.data["email_id"], performance.now());
    response.writeHead(204).end();
  });
  stack.defer(receiver.close);
  const call = callWith(posthouse.url);
  const { api_key } = await call(posthouse.operatorKey, "POST", "/v1/databases", { name: "told" });
  const key = String(api_key);
  const endpoint = { endpoint: receiver.url, events: ["email.bounced"] };
  const verifier = new Webhook(String((await call(key, "POST", "/v1/webhooks", endpoint))["signing_secret"]));
  const [shown, received]: [number[], number[]] = [[], []];
  for (let n = 0; n < count; n++) {
    const start = performance.now();
    const mail = { to: `bounce+${n}@simulator.amazonses.com`, subject: "Order 7", text: "Thank you." };
    const { id } = await call(key, "POST", "/v1/emails", mail);
    const isBounced = async () => (await call(key, "GET", `/v1/emails/${String(id)}`))["status"] === "bounced";
    const [seen] = await Promise.all([until(isBounced), until(async () => arrived.has(id))]);
    shown.push(seen - start);
    received.push((arrived.get(id) ?? Number.NaN) - start);
  }
  for (const { body, headers } of receiver.received) verifier.verify(body, headers as Record<string, string>);
  return { shown: spread(shown), received: spread(received) };
}

const callWith = (url: string) => async (key: string, method: string, path: string, body?: object) => {
  const answer = await createClient(url, { key }).call(method, path, body);
  if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
  return answer.body;
};

/** Asks until it is so. @returns when it was. @throws Error when it is not within a minute */
async function until(isSo: () => Promise<boolean>): Promise<number> {
  const end = performance.now() + patience_ms;
  while (!(await isSo())) {
    if (performance.now() > end) throw new Error("A bounce was not told of within a minute.");
    await sleep(5);
  }
  return performance.now();
}
