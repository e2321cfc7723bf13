import { afterEach, describe, expect, it } from "vitest";
import { type Fetching, letter, startFetching, work } from "../../../../test/support/fetching.ts";
import { login } from "../../../../test/support/imap.ts";
import { patch } from "../database/patch.ts";
import { list } from "../inbound/list.ts";
import { tick } from "../tick/run.ts";
import * as Server from "./server.ts";

let on: Fetching;
afterEach(() => on.close());

const flags = () => on.mailbox.mails().map((mail) => [/Subject: (\S+)/.exec(mail.raw)?.[1], mail.flags]);

describe("R-IN-8 mail comes in by an incoming server", () => {
  it("R-IN-8 unread mail at the first look, then all that comes; each once, and marked as read", async () => {
    on = await startFetching();
    on.mailbox.put(letter("old"), { flags: ["\\Seen"] });
    on.mailbox.put(letter("unread"));
    const made = await on.add();
    expect(made).toMatchObject({ last_polled_at: null, last_error: null, next_poll_at: made.created_at });
    expect(await on.look()).toBe(1);
    expect(await on.subjects()).toEqual(["unread"]);
    on.mailbox.put(letter("read-elsewhere"), { flags: ["\\Seen"] });
    on.mailbox.put(letter("new"));
    await on.look();
    await on.look();
    expect((await on.subjects()).toSorted()).toEqual(["new", "read-elsewhere", "unread"]);
    expect(flags()).toEqual([
      ["old", ["\\Seen"]],
      ["unread", ["\\Seen"]],
      ["read-elsewhere", ["\\Seen"]],
      ["new", ["\\Seen"]],
    ]);
    const shown = await on.get(made.id);
    expect(shown).toMatchObject({ last_error: null, failing_since: null, last_skipped: null, warnings: [] });
    expect(shown.last_mail_at).not.toBeNull();
    expect(Date.parse(shown.next_poll_at ?? "")).toBeGreaterThan(Date.parse(shown.last_polled_at ?? ""));
  });

  it("R-IN-8 is for the recipients its header names, else for the mailbox", async () => {
    on = await startFetching();
    on.mailbox.put(letter("plain"));
    on.mailbox.put(letter("forwarded", "Delivered-To: Info+x@company-name.posthouse.test\n"));
    await on.add({ address: "Sales@Company.com" });
    await on.look();
    const { data } = await list(on.env.ports, on.db.id, { limit: 10 });
    const recipients = Object.fromEntries(data.map(({ subject, recipients }) => [subject, recipients]));
    expect(recipients).toEqual({
      plain: ["sales@company.com"],
      forwarded: ["info+x@company-name.posthouse.test"],
    });
  });

  it.each([
    ["keep", {}, [["one", []]]],
    ["delete", {}, []],
    ["delete", { uidplus: false }, [["one", expect.arrayContaining(["\\Deleted"])]]],
  ] as const)("R-IN-8 after: %s (%j)", async (after, options, left) => {
    on = await startFetching(options);
    on.mailbox.put(letter("one"));
    await on.add({ after });
    await on.look();
    await on.look();
    expect(await on.subjects()).toEqual(["one"]);
    expect(flags()).toEqual(left);
  });

  it("R-IN-8 a mail without a Message-Id comes in once as well, and copies of one are one", async () => {
    on = await startFetching();
    const bare = letter("bare").replace(/Message-ID.*\n/, "");
    on.mailbox.put(bare);
    on.mailbox.put(letter("twice"));
    on.mailbox.put(letter("twice"));
    await on.add({ after: "keep" });
    await on.look();
    on.mailbox.renumber();
    await on.look();
    expect((await on.subjects()).toSorted()).toEqual(["bare", "twice"]);
  });

  it("R-IN-8 other UIDs: reading begins again with what is unread", async () => {
    on = await startFetching();
    on.mailbox.put(letter("one"));
    await on.add();
    await on.look();
    on.mailbox.put(letter("seen-meanwhile"), { flags: ["\\Seen"] });
    on.mailbox.put(letter("two"));
    on.mailbox.renumber();
    await on.look();
    expect((await on.subjects()).toSorted()).toEqual(["one", "two"]);
  });

  it("R-IN-8 300 mails, a hundred a poll and no minute between", async () => {
    on = await startFetching();
    for (let n = 0; n < 300; n++) on.mailbox.put(letter(`mail-${n}`));
    await on.add();
    expect(await on.look()).toBeGreaterThanOrEqual(4);
    expect(new Set(await on.subjects()).size).toBe(300);
    expect(on.mailbox.mails().every((mail) => mail.flags.includes("\\Seen"))).toBe(true);
  }, 240_000);

  it("R-IN-8 one poll at a time: two at once bring each mail once", async () => {
    on = await startFetching();
    for (let n = 0; n < 10; n++) on.mailbox.put(letter(`mail-${n}`));
    await on.add({ after: "delete" });
    await tick(on.env.ports);
    const [job] = on.env.jobs.peek("incoming");
    await on.env.ports.queue.send("incoming", [{ body: job?.body as Record<string, unknown>, group: on.db.id }]);
    await work(on.env, on.env.ports);
    expect((await on.subjects()).length).toBe(10);
    expect(on.mailbox.seen.connections).toBeLessThanOrEqual(2);
    expect(on.mailbox.mails()).toEqual([]);
  });

  it("R-IN-8 a database that is paused, and a server that is not active, fetch nothing", async () => {
    on = await startFetching();
    on.mailbox.put(letter("one"));
    const { id } = await on.add({ active: false });
    expect([await on.look(), on.mailbox.seen.connections]).toEqual([0, 0]);
    const version = await on.db.version();
    await Server.patch(on.env.ports, version, id, { active: true });
    const { pk, sk } = { pk: `DB#${on.db.id}`, sk: "VERSION" };
    const status = (text: string) => on.env.ports.store.write({ update: { pk, sk }, set: { status: text } });
    await status("paused");
    expect([await on.look(), on.mailbox.seen.connections]).toEqual([1, 0]);
    await status("active");
    await on.look();
    expect(await on.subjects()).toEqual(["one"]);
  });

  it.each(["capture", "redirect"] as const)(
    "R-IN-8 a database with delivery %s leaves the mailbox to the live one, says so, and fetches once it is live",
    async (delivery) => {
      on = await startFetching();
      on.mailbox.put(letter("one"));
      const name = (await on.db.version()).name;
      const to = delivery === "redirect" ? { redirect_to: "all@example.net" } : {};
      await patch(on.env.ports, name, { delivery, ...to });
      const { id, warnings } = await on.add({ after: "delete" });
      expect(warnings.map((one) => one.name)).toEqual(["database_not_live"]);
      expect([await on.look(), on.mailbox.seen.connections, on.mailbox.mails().length]).toEqual([1, 0, 1]);
      await patch(on.env.ports, name, { delivery: "live" });
      expect((await on.get(id)).warnings).toEqual([]);
      await on.look();
      expect(await on.subjects()).toEqual(["one"]);
    },
  );

  it("R-IN-8 an access token that is refused is got anew", async () => {
    const tokens = ["outdated-token", login.token];
    on = await startFetching();
    on.mailbox.put(letter("one"));
    const http = {
      refusal: async () => null,
      request: async () => ({
        status: 200,
        body: JSON.stringify({ access_token: tokens.shift(), expires_in: 3600 }),
      }),
    };
    const ports = { ...on.env.ports, http };
    const oauth = { client_id: "c", client_secret: "cs", refresh_token: "r", token_url: "https://token.example/" };
    const { id } = await on.add({ authentication: "oauth2", password: undefined, ...oauth });
    await on.look(1, ports);
    expect([await on.subjects(), tokens, (await on.get(id)).last_error]).toEqual([["one"], [], null]);
  });
});
