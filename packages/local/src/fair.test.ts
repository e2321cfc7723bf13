import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type StandardQueue, shareFairly } from "./fair.ts";

/** A queue as fauxqs has them, as far as its list of messages goes. */
function queue(messages: { body: string }[]): StandardQueue & { take(most: number): string[] } {
  const prototype: StandardQueue = {
    messages: [],
    isFifo: () => false,
    dequeue(this: StandardQueue, most: number) {
      const taken: unknown[] = [];
      while (taken.length < most && this.messages.length > 0) taken.push(this.messages.shift());
      return taken;
    },
  };
  shareFairly(prototype);
  const made = Object.assign(Object.create(prototype) as StandardQueue, { messages });
  return Object.assign(made, {
    take: (most: number) => (made.dequeue(most) as { body: string }[]).map(({ body }) => body),
  });
}

const message = (database: string, n: number) => ({ body: JSON.stringify({ database, id: `em_${n}` }) });
const databaseOf = (body: string) => (JSON.parse(body) as { database: string }).database;

describe("R-KIND-4 turns of a queue", () => {
  it("hand out everything once, each database in its order, and nobody a second time while another waits its first", () => {
    const databases = fc.array(fc.constantFrom("a", "b", "c"), { maxLength: 60 });
    fc.assert(
      fc.property(databases, databases, fc.integer({ min: 1, max: 10 }), (first, later, most) => {
        const all = [...first, ...later].map(message);
        const of = queue(all.slice(0, first.length));
        const taken = of.take(most);
        for (const one of all.slice(first.length)) of.messages.push(one);
        expect([...of.messages].map(({ body }) => body).toSorted()).toEqual(
          all
            .map(({ body }) => body)
            .filter((body) => !taken.includes(body))
            .toSorted(),
        );
        for (let batch = of.take(most); batch.length > 0; batch = of.take(most)) taken.push(...batch);
        expect(taken.length).toBe(all.length);
        for (const name of ["a", "b", "c"]) {
          const own = (bodies: string[]) => bodies.filter((body) => databaseOf(body) === name);
          expect(own(taken)).toEqual(own(all.map(({ body }) => body)));
        }
      }),
    );
  });

  it("a long lane does not grow for ever, and what names no database has a turn of its own", () => {
    const of = queue([
      { body: "an event" },
      ...Array.from({ length: 5_000 }, (_, n) => message("a", n)),
      message("b", 1),
    ]);
    expect(of.take(3).map((body) => (body === "an event" ? body : databaseOf(body)))).toEqual(["an event", "a", "b"]);
    expect(of.take(5_000)).toHaveLength(4_999);
    expect(of.messages.length).toBe(0);
    expect(of.messages.shift()).toBeUndefined();
  });
});
