import { afterEach, describe, expect, it } from "vitest";
import { type Fetching, letter, startFetching } from "../../../../test/support/fetching.ts";
import { login } from "../../../../test/support/imap.ts";
import type { ImapSession } from "../ports/imap.ts";
import { largest } from "./poll.ts";
import * as Server from "./server.ts";

let on: Fetching;
afterEach(() => on.close());

/** Minutes from the last look to the next. */
const gap = async (id: string) => {
  const { last_polled_at, next_poll_at } = await on.get(id);
  return (Date.parse(next_poll_at ?? "") - Date.parse(last_polled_at ?? "")) / 60_000;
};

describe("R-IN-8 a mailbox that mail cannot be fetched from", () => {
  it("R-IN-8 a wrong password: said with the server's words, tried again in half an hour, mended by the right one", async () => {
    on = await startFetching();
    on.mailbox.put(letter("one"));
    const { id } = await on.add({ password: "not-the-word" });
    await on.look();
    const failed = await on.get(id);
    expect(failed.last_error).toMatchObject({ class: "authentication", reply: expect.stringMatching(/login failed/i) });
    expect(await gap(id)).toBe(30);
    await on.look(20);
    expect(on.mailbox.seen.connections).toBe(1);
    await Server.patch(on.env.ports, await on.db.version(), id, { password: login.password });
    await on.look(0);
    expect([await on.subjects(), (await on.get(id)).failing_since]).toEqual([["one"], null]);
    expect(JSON.stringify([on.env.log, failed])).not.toContain("not-the-word");
  });

  it("R-IN-8 a certificate that nobody vouches for is refused, and no login is shown to it", async () => {
    on = await startFetching({ certificate: "other-name" });
    on.mailbox.put(letter("one"));
    const { id } = await on.add();
    await on.look();
    expect((await on.get(id)).last_error).toMatchObject({ class: "tls" });
    expect(on.mailbox.seen.commands).toEqual([]);
    const { encryption, warnings } = await Server.patch(on.env.ports, await on.db.version(), id, {
      encryption: "tls",
      password: login.password,
    });
    expect([encryption, warnings.map(({ name }) => name)]).toEqual(["tls", ["certificate_unchecked"]]);
    await on.look(0);
    expect(await on.subjects()).toEqual(["one"]);
  });

  it("R-IN-8 a server that is gone: ever longer waits, after a week it says so, and it is active still", async () => {
    on = await startFetching();
    const { id } = await on.add();
    await on.mailbox.close();
    const gaps: number[] = [];
    for (let n = 0; n < 8; n++) {
      await on.look(61);
      gaps.push(await gap(id));
    }
    expect(gaps).toEqual([1, 2, 4, 8, 16, 32, 60, 60]);
    expect(await on.get(id)).toMatchObject({ last_error: { class: "refused" }, warnings: [], active: true });
    await on.look(7 * 24 * 60);
    expect(await on.get(id)).toMatchObject({ active: true, warnings: [{ name: "failing_for_a_week" }] });
  });

  it("R-IN-8 a mail of more than 40 MB is left where it is, whatever the server says of its size", async () => {
    const session = (size: number): ImapSession => ({
      uid_validity: "1",
      uid_next: 3,
      list: async ({ above, below }) => [1, 2].filter((uid) => uid > above && uid < below),
      look: async (uid) => ({ size: uid === 1 ? size : 10, at: null }),
      fetch: async (uid, most) => (uid === 1 ? Buffer.alloc(most + 1, "x") : Buffer.from(letter("small"))),
      mark: async (uid) => marked.push(uid) > 0,
      close: async () => undefined,
    });
    const marked: number[] = [];
    on = await startFetching();
    const { id } = await on.add();
    for (const size of [largest + 1, 10]) {
      const imap = { open: async () => session(size), probe: async () => [] };
      await Server.patch(on.env.ports, await on.db.version(), id, { mailbox: `Folder ${size}` });
      await on.look(0, { ...on.env.ports, imap });
      expect((await on.get(id)).last_skipped).toMatchObject({ uid: 1, reason: "too_large" });
    }
    expect([await on.subjects(), marked]).toEqual([["small"], [2, 2]]);
  });

  it("R-IN-8 a mailbox that lets no mail be marked: the mail comes in, once, and that is said", async () => {
    on = await startFetching();
    const { id } = await on.add();
    on.mailbox.put(letter("one"));
    const { imap } = on.env.ports;
    const open: typeof imap.open = async (...args) => ({ ...(await imap.open(...args)), mark: async () => false });
    const ports = { ...on.env.ports, imap: { ...imap, open } };
    await on.look(1, ports);
    expect(await on.get(id)).toMatchObject({ last_error: { class: "mailbox" }, failing_since: null });
    await on.look(1, ports);
    expect([await on.subjects(), (await on.get(id)).last_error]).toEqual([["one"], null]);
  });

  it("R-IN-8 what is changed or deleted while it is polled is polled no further", async () => {
    on = await startFetching();
    const { id } = await on.add({ after: "delete" });
    for (const name of ["one", "two", "three"]) on.mailbox.put(letter(name));
    let times = 0;
    on.mailbox.before("UID EXPUNGE", async () => {
      if (times++ === 0) await Server.patch(on.env.ports, await on.db.version(), id, { active: false });
    });
    await on.look();
    expect([await on.subjects(), on.mailbox.mails().length, times]).toEqual([["one"], 2, 1]);
    expect(await on.get(id)).toMatchObject({ active: false, next_poll_at: null, last_polled_at: null });
    await on.look();
    expect(times).toBe(1);
    await Server.remove(on.env.ports, await on.db.version(), id);
    expect(on.env.log.filter(({ level }) => level === "error")).toEqual([]);
  });
});
