import * as Dispatch from "@posthouse/core/dispatch/batch";
import * as Feedback from "@posthouse/core/feedback/batch";
import type { Job } from "@posthouse/core/job";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { record } from "../bench/calls.ts";
import { countTelling } from "../bench/webhook.ts";
import { startWorld, type World } from "../bench/world.ts";
import { counting } from "./count.ts";
import { expectReads, expectSteps } from "./expected.ts";
import { createSender, type Sender } from "./sender.ts";
import { provisioning, some, sum, total } from "./units.ts";

/** Exact counts only: `units.ts` is what the simulated day is made of. */
describe("what the simulation charges is what the embedded AWS counts", () => {
  let world: World;
  let sender: Sender;
  let count: ReturnType<typeof counting>;
  const day = 86_400_000;
  const warm: string[] = [];

  beforeAll(async () => {
    world = await startWorld({ start: Date.parse("2026-11-22T12:00:10Z") });
    sender = createSender(world);
    count = counting(world, warm);
  });
  afterAll(() => world.close());

  it("provisioning a database", async () => {
    const calls = record(world.clients);
    await sender.make("provisioned", 1);
    expect(calls.take().filter(({ service }) => service === "SESv2")).toHaveLength(provisioning);
  });

  it("accepting, up to the limit and beyond", async () => {
    const account = await sender.make("limited", 5);
    const send = () => count(() => sender.one(account));
    await send();
    world.env.advance(day);
    expectSteps(await send(), { accepted: 1, "first of a day": 1, "key used, first of an hour": 1 });
    const second = await send();
    expectSteps(second, { accepted: 1 });
    expectReads(second, { accepted: 1 });
    await send();
    expectSteps(await send(), { accepted: 1, "threshold crossed": 1 });
    expectSteps(await send(), { accepted: 1, "threshold crossed": 1 });
    expectSteps(await send(), { "refused, unforeseen": 1 });
    const refused = await send();
    expectSteps(refused, { refused: 1 });
    expectReads(refused, { refused: 1 });
  });

  it("batches, up to the limit and beyond", async () => {
    const account = await sender.make("batches", 30);
    const send = (n: number) => count(() => sender.batch(account, n));
    await send(2);
    world.env.advance(day);
    const key = { "key used, first of an hour": 1 } as const;
    expectSteps(await send(10), { batch: 1, "mail of a batch": 10, "first batch of a day": 1, ...key });
    const next = await send(5);
    expectSteps(next, { batch: 1, "mail of a batch": 5 });
    expect(next.reads).toBe(1 + 5);
    expectSteps(await send(11), { batch: 1, "mail of a batch": 11, "threshold crossed by a batch": 1 });
    expectSteps(await send(10), { "batch refused, unforeseen": 1, "limit told": 1 });
    expectSteps(await send(10), { "batch refused": 1 });
  });

  it("handing over, and what SES tells of it", async () => {
    const account = await sender.make("handed", 1_000);
    warm.push(account.id);
    for (const queue of ["dispatch", "mass"] as const) await world.env.jobs.take(queue);
    for (const queue of ["dispatch", "mass"] as const) {
      for (let n = 0; n < 2; n++) await (queue === "mass" ? sender.batch(account, 2) : sender.one(account));
      const [first, ...others] = await world.env.jobs.take(queue);
      const isMass = queue === "mass";
      const step = isMass ? "sent, mass" : "sent, transactional";
      // What only a database's first mail needs is read by then
      await Dispatch.run(world.ports, first ? [first] : []);
      const counted = await count(() => Dispatch.run(world.ports, others.slice(0, 1)));
      expectSteps(counted, { [step]: 1, "sent, counted": 1 });
      expectReads(counted, { [step]: 1, ...(isMass && { "key of links read": 1 }) });
      if (!isMass) continue;
      const two = await count(() => Dispatch.run(world.ports, others.slice(1)));
      expectSteps(two, { [step]: 2, "sent, counted": 1 });
      // However many of a database an invocation has
      expectReads(two, { [step]: 2, "key of links read": 1 });
    }
    const told = await events(12);
    const [sent] = told.filter(is("Send"));
    const delivered = told.filter(is("Delivery"));
    expectSteps(await count(() => Feedback.run(world.ports, sent ? [sent] : [])), { "told sent": 1 });
    for (const [place, step] of [
      [0, "delivered"],
      [3, "delivered, mass"],
    ] as const) {
      const counted = await count(() => Feedback.run(world.ports, delivered.slice(place, place + 1)));
      expectSteps(counted, { [step]: 1, "counted together": 1 });
      expectReads(counted, { [step]: 1 });
    }
  });

  it.each(["bounce", "complaint"])("a %s", async (what) => {
    const account = await sender.make(`ended-${what}`, 1_000);
    warm.push(account.id);
    await sender.one(account, `${what}@simulator.amazonses.com`);
    await Dispatch.run(world.ports, await world.env.jobs.take("dispatch"));
    const told = await events(what === "bounce" ? 2 : 3);
    await Feedback.run(world.ports, told.filter(is("Delivery")));
    const ends = told.filter(is(what === "bounce" ? "Bounce" : "Complaint"));
    const counted = await count(() => Feedback.run(world.ports, ends));
    expectSteps(counted, { "bounced or complained": 1, "counted together": 1 });
    expectReads(counted, { "bounced or complained": 1 });
  });

  it("an event that a webhook is told", async () => {
    const { written, told } = await countTelling();
    const all = ({ writes }: typeof told): number => Object.values(writes).reduce((most, n) => most + n, 0);
    const steps = some({ "told to a webhook": 1 });
    // Where it happens, the item of the outbox is written in a transaction, which doubles it
    expect(sum(steps, "writes")).toBe(all(written) + all(told) + 1);
    expect(total(steps, "writes").get("due")).toBe(written.indexes + told.indexes);
    expect(sum(steps, "reads")).toBe(told.reads);
  });

  async function events(n: number): Promise<Job[]> {
    const found: Job[] = [];
    for (let looks = 0; looks < 3_000 && found.length < n; looks++) {
      found.push(...(await world.env.jobs.take("feedback")));
      if (found.length < n) await new Promise((resolve) => setTimeout(resolve, 10));
    }
    return found;
  }
  const is =
    (type: string) =>
    ({ body }: Job): boolean =>
      (body as { eventType?: string }).eventType === type;
});
