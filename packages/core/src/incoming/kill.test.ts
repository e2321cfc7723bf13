import { afterEach, expect, it } from "vitest";
import { dying } from "../../../../test/support/dying.ts";
import { type Fetching, letter, startFetching, work } from "../../../../test/support/fetching.ts";
import { tick } from "../tick/run.ts";

let on: Fetching;
afterEach(() => on.close());

/** What a crashed poll had in hand is free after so many minutes. */
const lease = 5;

it.each(["before", "after"] as const)(
  "R-IN-8 killed %s any write, a mail comes in once, and is marked or deleted",
  async (moment) => {
    on = await startFetching();
    const { id } = await on.add({ after: "delete" });
    let wanted = 0;
    for (let n = 0; ; n++) {
      for (const name of ["a", "b"]) on.mailbox.put(letter(`${name}${n}`));
      wanted += 2;
      on.env.advance(60_000);
      await tick(on.env.ports);
      const process = dying(on.env.ports, n, moment);
      await work(on.env, process.ports);
      if (process.writes() <= n) break;
      await on.look(lease);
      expect(on.mailbox.mails(), `${n} writes`).toEqual([]);
      expect((await on.get(id)).last_error).toBeNull();
    }
    const subjects = await on.subjects();
    expect([subjects.length, new Set(subjects).size]).toEqual([wanted, wanted]);
    expect(wanted).toBeGreaterThan(10);
  },
  180_000,
);

it("R-IN-8 killed between taking a mail in and marking it: it comes in once", async () => {
  on = await startFetching();
  const { id } = await on.add();
  on.mailbox.put(letter("one"));
  let times = 0;
  on.mailbox.before("UID STORE", () => {
    if (times++ === 0) throw new Error("cut off");
  });
  await on.look();
  expect((await on.get(id)).last_error).toMatchObject({ class: "refused" });
  expect(on.mailbox.mails()[0]?.flags).toEqual([]);
  await on.look(2);
  expect([await on.subjects(), times, (await on.get(id)).last_error]).toEqual([["one"], 2, null]);
  expect(on.mailbox.mails()[0]?.flags).toEqual(["\\Seen"]);
});

it("R-IN-8 a mail that every look ends at is passed over after ten, and said; the others come in", async () => {
  on = await startFetching();
  const { id } = await on.add();
  const bad = on.mailbox.put(letter("poison"));
  on.mailbox.put(letter("good"));
  let armed = true;
  on.mailbox.before("UID FETCH", () => {
    if (armed) throw new Error("cut off");
  });
  for (let n = 0; n < 10; n++) await on.look(61);
  expect([await on.subjects(), (await on.get(id)).last_skipped]).toEqual([[], null]);
  const failing = await on.get(id);
  expect(failing).toMatchObject({ last_error: { class: "refused" }, failing_since: expect.any(String) });
  armed = false;
  await on.look(61);
  expect(await on.subjects()).toEqual(["good"]);
  const shown = await on.get(id);
  expect(shown).toMatchObject({ last_skipped: { uid: bad, reason: "unreadable" }, last_error: null });
  expect(on.mailbox.mails()[0]?.flags).toEqual([]);
  expect(on.env.log.some(({ code, server }) => code === "unreadable" && server === id)).toBe(true);
});

it("R-IN-8 what fails on our side is tried again, and holds up no other server", async () => {
  on = await startFetching();
  const { id } = await on.add({ mailbox: "INBOX", after: "keep" });
  on.mailbox.put(letter("one"));
  const broken = { ...on.env.ports.blobs, put: async () => Promise.reject(new Error("no room")) };
  await on.look(1, { ...on.env.ports, blobs: broken });
  expect((await on.get(id)).last_error).toMatchObject({
    class: "internal",
    reply: expect.not.stringContaining("room"),
  });
  await on.look(2);
  expect([await on.subjects(), (await on.get(id)).last_error]).toEqual([["one"], null]);
});
