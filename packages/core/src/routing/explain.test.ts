import { describe, expect, it } from "vitest";
import { configuration, D, server } from "../../../../test/fixtures/routing.ts";
import { decide } from "./decide.ts";
import { explain } from "./explain.ts";
import { prepare } from "./prepare.ts";
import type { Configuration, Mail } from "./schema.ts";

const me = "me@company-name.com";
const tx = server("tx", "company-name.com", { priority: 1 });
const open = server("open", null, { priority: 2 });
const exact = server("exact", "sales@company-name.com", { priority: 3 });
const mine = server("mine", me, { priority: 4, owner: me });
const off = server("off", "company-name.com", { priority: 5, active: false });
const all = [open, off, tx, mine, exact];

/** Each server's sentence by its name, the taken one's with a star before. */
function why(given: Configuration, from: string | null, more: Partial<Mail> = {}): Record<string, string> {
  const prepared = prepare(given);
  const mail: Mail = { from, kind: "transactional", ...more };
  const lines = explain(prepared, mail, decide(prepared, mail));
  return Object.fromEntries(lines.map(({ name, taken, why }) => [name, `${taken ? "* " : ""}${why}`]));
}

describe("the explanation", () => {
  it("R-SEL-10 has one line a server in routing order, the platform last", () => {
    expect(Object.keys(why(configuration(all), null))).toEqual(["tx", "open", "exact", "mine", "off", "platform"]);
  });

  it("R-SEL-10 for a domain match", () => {
    expect(why(configuration([...all, server("tx2", "company-name.com")]), "bob@company-name.com")).toEqual({
      tx: "* its filter company-name.com covers bob@company-name.com",
      tx2: "its filter covers bob@company-name.com, but tx comes first (priority, then name)",
      open: "has no FROM filter, and tx covers bob@company-name.com",
      exact: "its filter does not cover bob@company-name.com",
      mine: `personal server of ${me}, for mail that is made by and from its owner; creator is not given`,
      off: "inactive",
      platform: "sends only when no server does: tx was taken",
    });
  });

  it("R-SEL-10 for an exact match and a personal server", () => {
    expect(why(configuration(all), "sales@company-name.com")).toMatchObject({
      exact: "* its filter names sales@company-name.com",
      tx: "its filter covers sales@company-name.com, but that of exact names the whole address",
    });
    expect(why(configuration(all), me, { creator: me })).toMatchObject({
      mine: `* the personal server of ${me}, who is creator and From`,
      tx: "the personal server mine goes before",
    });
  });

  it("R-SEL-10 where nothing covers From", () => {
    expect(why(configuration([tx, open, server("open2", null)]), "x@foreign.com")).toMatchObject({
      open: "* the first server without a FROM filter, and no filter covers x@foreign.com",
      open2: "has no FROM filter, but open comes first (priority, then name)",
      tx: "its filter does not cover x@foreign.com",
    });
    expect(why(configuration([tx, exact]), null)).toMatchObject({
      tx: "* the first server, all have a FROM filter, and none covers a missing From",
      exact: "has a FROM filter, and the mail no From, and tx comes first (priority, then name)",
    });
  });

  it("R-SEL-10 for the notification address", () => {
    const settings = { prefer_notification_server: true };
    const named = server("named", "notifications@company-name.com");
    expect(why(configuration([tx, open, named], { settings }), "x@foreign.com")).toMatchObject({
      named:
        "* its filter names the notification address notifications@company-name.com, and no filter covers x@foreign.com",
      tx: "its filter does not cover x@foreign.com; it covers the notification address, but named goes before",
      open: "has no FROM filter, and named covers the notification address",
    });
    expect(why(configuration([tx, open], { settings }), null).tx).toBe(
      "* its filter company-name.com covers the notification address notifications@company-name.com, and no filter covers a missing From",
    );
  });

  it("R-SEL-10 for forced and dedicated servers", () => {
    expect(why(configuration(all), me, { server: "open" })).toMatchObject({
      open: "* forced by the request",
      tx: "the request forces open",
    });
    const bulk = configuration(all, { settings: { dedicated_server: "open" } });
    expect(why(bulk, me, { kind: "mass" })).toMatchObject({
      open: "* the dedicated server of mass mail",
      tx: "mass mail goes to the dedicated server open",
    });
    const gone = configuration(all, { settings: { dedicated_server: "off" } });
    expect(why(gone, me, { kind: "mass" }).off).toBe(
      "the dedicated server, but inactive: mass mail is routed as any other",
    );
  });

  it("R-SEL-10 for the platform", () => {
    expect(why(configuration([off]), me).platform).toBe("* no active public server: the platform sends");
    const none = configuration(all, { settings: { custom_email_servers: false } });
    expect(why(none, me)).toMatchObject({
      tx: "custom_email_servers is off for this database",
      platform: "* custom_email_servers is off: the platform sends",
    });
    const own = configuration([open], { domains: [], settings: { default_domain_over_smtp: false } });
    expect(why(own, "x@foreign.com")).toEqual({
      open: `default_domain_over_smtp is off, and an external server would have sent from ${D} for x@foreign.com`,
      platform: `* default_domain_over_smtp is off: mail that would leave from ${D} over an external server is the platform's`,
    });
  });

  it("R-SEL-10 for personal servers that are off or not in use, and a platform record's unverified domain", () => {
    const personal = configuration(all, { settings: { personal_servers: false } });
    expect(why(personal, me).mine).toBe(`personal server of ${me}; personal_servers is off`);
    const bot = configuration(all, { settings: { bot_address: me } });
    expect(why(bot, me).mine).toContain("which is an address of the database");
    const record = server("record", "foreign.com", { kind: "platform" });
    expect(why(configuration([tx, record]), "x@foreign.com").record).toContain("only for verified domains");
  });
});
