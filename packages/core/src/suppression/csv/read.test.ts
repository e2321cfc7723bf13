import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { AppError } from "../../error.ts";
import { most, read } from "./read.ts";

const now = Date.parse("2026-11-23T12:00:00Z");
const sheet = (text: string | Uint8Array, options = {}) =>
  read(typeof text === "string" ? Buffer.from(text) : text, { now, scope: "all", from_line: 1, ...options });

/** A list with a header, in the shape of a provider's, and what its lines mean. */
const providers: Readonly<Record<string, readonly [string, readonly object[]]>> = {
  "Amazon SES, its bulk import": [
    "a@b.example,BOUNCE\nc@b.example,COMPLAINT\n",
    [
      { line: 1, address: "a@b.example", list: "suppression", scope: "all", reason: "BOUNCE" },
      { line: 2, address: "c@b.example", list: "suppression", scope: "all", reason: "COMPLAINT" },
    ],
  ],
  "Amazon SES, its export": [
    "EmailAddress,Reason,LastUpdateTime\na@b.example,BOUNCE,2026-03-04T05:06:07.000Z\n",
    [{ line: 2, address: "a@b.example", reason: "BOUNCE", created_at: "2026-03-04T05:06:07.000Z" }],
  ],
  "SendGrid, bounces": [
    'status,reason,email,created\n5.1.1,"550 5.1.1 unsubscribe, spam? no such user",a@b.example,1443651125\n',
    [
      {
        list: "suppression",
        scope: "all",
        reason: "5.1.1: 550 5.1.1 unsubscribe, spam? no such user",
        created_at: "2015-09-30T22:12:05.000Z",
      },
    ],
  ],
  "Mailgun, bounces": [
    'address,code,error,created_at\na@b.example,550,"No such mailbox","Fri, 21 Oct 2011 11:02:55 GMT"\n',
    [{ list: "suppression", reason: "No such mailbox: 550", created_at: "2011-10-21T11:02:55.000Z" }],
  ],
  "Mailgun, unsubscribes": [
    'address,tags,created_at\na@b.example,*,"Fri, 21 Oct 2011 11:02:55 UTC"\n',
    [{ list: "opt_out", scope: "mass" }],
  ],
  Postmark: [
    [
      '"EmailAddress","SuppressionReason","Origin","CreatedAt"',
      '"a@b.example","HardBounce","Recipient","2019-12-17T08:58:33-05:00"',
      '"c@b.example","SpamComplaint","Recipient","2019-12-17T08:58:33-05:00"',
      '"d@b.example","ManualSuppression","Recipient","2019-12-17T08:58:33-05:00"',
      '"e@b.example","ManualSuppression","Customer","2019-12-17T08:58:33-05:00"',
    ].join("\r\n"),
    [
      { list: "suppression", reason: "HardBounce", created_at: "2019-12-17T13:58:33.000Z" },
      { list: "suppression", reason: "SpamComplaint" },
      { list: "opt_out" },
      { list: "suppression", reason: "ManualSuppression" },
    ],
  ],
  Brevo: [
    "\u{feff}Email;Reason;Blocked at\na@b.example;hardBounce;2026-01-02 03:04:05\nc@b.example;unsubscribedViaEmail;\nd@b.example;contactFlaggedAsSpam;\n",
    [
      { list: "suppression", created_at: "2026-01-02T03:04:05.000Z" },
      { list: "opt_out", reason: "unsubscribedViaEmail" },
      { list: "suppression", reason: "contactFlaggedAsSpam" },
    ],
  ],
  "Mailchimp, unsubscribed": [
    '"Email Address","First Name",UNSUB_TIME,UNSUB_REASON\na@b.example,"O\'Neil, Ann","2026-01-02 03:04:05","NORMAL"\n',
    [{ list: "opt_out", address: "a@b.example" }],
  ],
  "Mailchimp, cleaned": [
    "Email Address,First Name,TAGS,CLEAN_TIME\na@b.example,Ann,vip,2026-01-02 03:04:05\n",
    [{ list: "suppression", scope: "all" }],
  ],
  Mailjet: [
    "Email\tEvent\tDate\na@b.example\tbounce\t2026-01-02\nc@b.example\tunsub\t02/01/2026\n",
    [{ list: "suppression", created_at: "2026-01-02T00:00:00.000Z" }, { list: "opt_out" }],
  ],
  SparkPost: [
    [
      "recipient,type,source,description,created",
      "a@b.example,transactional,Bounce Rule,10: Invalid Recipient,2026-01-02T03:04:05+00:00",
      "c@b.example,non_transactional,Manually Added,,2026-01-02T03:04:05+00:00",
      "d@b.example,non_transactional,List Unsubscribe,,2026-01-02T03:04:05+00:00",
      "e@b.example,non_transactional,Spam Complaint,,2099-01-02T03:04:05+00:00",
    ].join("\n"),
    [
      { list: "suppression", scope: "all", reason: "Bounce Rule: transactional: 10: Invalid Recipient" },
      { list: "suppression", scope: "mass" },
      { list: "opt_out" },
      { list: "suppression", scope: "mass" },
    ],
  ],
};

describe("a list of another provider", () => {
  it.each(Object.entries(providers))("R-FAIL-5 %s", (_name, [text, rows]) => {
    const found = sheet(text);
    expect(found.problems).toEqual([]);
    expect(found.rows).toMatchObject(rows as object[]);
    expect(found.rows).toHaveLength(rows.length);
  });

  it("R-FAIL-5 a date that is to come, or is two days, is none", () => {
    expect(sheet(providers["SparkPost"]?.[0] ?? "").rows[3]).not.toHaveProperty("created_at");
    expect(sheet(providers["Mailjet"]?.[0] ?? "").rows[1]).not.toHaveProperty("created_at");
  });

  it("R-FAIL-5 of addresses alone, blank lines and all, in UTF-8 or UTF-16 with a byte order mark", () => {
    const text = "\u{feff}A@b.example\r\n\r\n c@bücher.example \r\n";
    for (const bytes of [Buffer.from(text), Buffer.from(text, "utf16le"), Buffer.from(text, "utf16le").swap16()])
      expect(sheet(bytes).rows.map(({ line, address }) => [line, address])).toEqual([
        [1, "a@b.example"],
        [3, "c@xn--bcher-kva.example"],
      ]);
  });

  it("R-FAIL-5 a line that names no address is told by its number, quoted line breaks counted", () => {
    const text = 'email,reason\na@b.example,"two\nlines"\nnobody,x\n,y\n"q@b.example"\nü@b.example\n';
    const { rows, problems } = sheet(text);
    expect(rows.map(({ address, reason }) => [address, reason])).toEqual([
      ["a@b.example", "two lines"],
      ["q@b.example", undefined],
    ]);
    expect(problems).toEqual([
      { line: 4, reason: "the address has no @" },
      { line: 5, reason: "the address has no @" },
      { line: 7, reason: expect.stringContaining("outside ASCII") },
    ]);
  });

  it("R-FAIL-5 goes on from a line, its header still read", () => {
    const text = "name;email\nx;a@b.example\ny;c@b.example\n";
    expect(sheet(text, { from_line: 3 }).rows).toMatchObject([{ line: 3, address: "c@b.example" }]);
  });

  it.each([
    ["no column of addresses", "name,phone\nAnn,1\n", "name it `email`"],
    ["a quote that is not closed", `email\n"a@b.example\n${"c@b.example\n".repeat(3)}`, "a quote is not closed"],
    ["too many lines", "a@b.example\n".repeat(most + 2), "split it"],
  ])("R-FAIL-5 %s is refused, with what to do", (_what, text, message) => {
    const refused = { name: "invalid_parameter", message: expect.stringContaining(message) };
    expect(() => sheet(text)).toThrow(expect.objectContaining(refused));
  });

  it("R-FAIL-5 an empty one has nothing", () => {
    for (const text of ["", "\u{feff}", "\n\n", "email\n"]) expect(sheet(text)).toEqual({ rows: [], problems: [] });
  });
});

describe("what a line says itself", () => {
  const lists = (text: string) => sheet(text).rows.map(({ list, scope }) => (list === "opt_out" ? list : scope));

  it("R-FAIL-5 goes before what its list is: a bounce beside labels, or among those who unsubscribed, is a bounce", () => {
    expect(lists("email,reason,tags\na@b.example,hard_bounce,vip\n")).toEqual(["all"]);
    expect(lists("email,unsub_time,reason\na@b.example,,hard bounce\nc@b.example,,not for me\n")).toEqual([
      "all",
      "opt_out",
    ]);
  });

  it("R-FAIL-5 may stand in a status of words", () => {
    expect(lists("email,status\na@b.example,Unsubscribed\nc@b.example,Soft bounce\nd@b.example,Bounced\n")).toEqual([
      "opt_out",
      "mass",
      "all",
    ]);
  });

  it("R-FAIL-5 a bounce for now, and one that says nothing against the mailbox, stop no invoices", () => {
    const text = [
      "email,reason,status,created",
      "a@b.example,450 mailbox full,4.2.2,1443651125",
      "b@b.example,policy,5.7.1,1443651125",
      'c@b.example,"552 5.2.2 over quota",,1443651125',
      "d@b.example,too large,5.3.4,",
      "e@b.example,busy,451,",
      "f@b.example,550 5.1.1 no such user at 5.7.1.1,,",
      "g@b.example,no such user,550,",
      "h@b.example,spam report,5.7.1,",
    ].join("\n");
    expect(lists(text)).toEqual(["mass", "mass", "mass", "mass", "mass", "all", "all", "all"]);
  });
});

describe("the shape of a list", () => {
  const addresses = (text: string | Uint8Array) => sheet(text).rows.map(({ address }) => address);

  it("R-FAIL-5 of two columns that may have the addresses it is the one that has them", () => {
    for (const text of ["Contact,Email\nAnn,a@b.example\n", "Email,Contact\n,a@b.example\n,c@b.example\n"])
      expect(addresses(text)[0]).toBe("a@b.example");
  });

  it("R-FAIL-5 is UTF-16 without a byte order mark too", () => {
    const text = "email\na@b.example\n";
    for (const bytes of [Buffer.from(text, "utf16le"), Buffer.from(text, "utf16le").swap16()])
      expect(addresses(bytes)).toEqual(["a@b.example"]);
  });

  it("R-FAIL-5 begins behind blank lines", () => {
    for (const lines of [
      ["", "Email;Reason"],
      ["", " ", ";", "Email;Reason"],
    ])
      for (const end of ["\n", "\r\n"])
        expect(addresses([...lines, "a@b.example;hardBounce", ""].join(end))).toEqual(["a@b.example"]);
  });

  it.each([
    ["2026-01-02", "2026-01-02T00:00:00.000Z"],
    ["2026-01-02 03:04", "2026-01-02T03:04:00.000Z"],
    ["2026-01-02T03:04:05", "2026-01-02T03:04:05.000Z"],
    ["2026-01-02T03:04:05.678Z", "2026-01-02T03:04:05.000Z"],
    ["2026-01-02 03:04:05 UTC", "2026-01-02T03:04:05.000Z"],
    ["2026-01-02T03:04:05+01:00", "2026-01-02T02:04:05.000Z"],
    ["2026-01-02 03:04:05 +0100", "2026-01-02T02:04:05.000Z"],
    ["2026-13-02", undefined],
    ["2026-01-02 sometime", undefined],
  ])("R-FAIL-5 its date %s, in UTC where no zone is said, is %s", (date, at) => {
    expect(sheet(`email,date\na@b.example,${date}\n`).rows[0]?.created_at).toBe(at);
  });
});

describe("whatever comes", () => {
  const cell = fc.oneof(
    fc.constantFrom("email", "reason", "type", "a@b.example", '"', ";", ",", "\t", "\r", "\n", "\u0000", "\u{feff}"),
    fc.string({ unit: "binary" }),
    fc.emailAddress(),
  );

  it("R-FAIL-5 is read, or refused as our own error; every row is an address in order", () => {
    fc.assert(
      fc.property(fc.array(cell, { maxLength: 60 }), fc.constantFrom(",", ";", "\n", ""), (cells, mark) => {
        try {
          const { rows } = sheet(cells.join(mark));
          for (const { address, reason = "" } of rows) {
            expect(address).toMatch(/^[^\s]+@[a-z0-9.-]+$/);
            expect(reason).not.toMatch(/\p{Cc}/u);
            expect(reason.isWellFormed()).toBe(true);
          }
        } catch (error) {
          expect(error).toBeInstanceOf(AppError);
        }
      }),
      { numRuns: 500 },
    );
  });

  it("R-FAIL-5 octets of any kind make no other error", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        try {
          sheet(bytes);
        } catch (error) {
          expect(error).toBeInstanceOf(AppError);
        }
      }),
      { numRuns: 500 },
    );
  });
});
