import type { AddressInfo, Server, Socket } from "node:net";
import { createServer } from "node:tls";
import { type ImapEndpoint, type ImapSession, ImapUnavailable } from "@posthouse/core/ports/imap";
import { afterEach, describe, expect, it } from "vitest";
import { login, pem } from "../../../../test/support/imap.ts";
import { explain, secretsIn } from "./failure.ts";
import { createImap } from "./imap.ts";

/** What the server says to a command; `$` stands for its tag. A function does as it likes. */
type Answer = string | ((socket: Socket, tag: string) => void);

const decent: Record<string, Answer> = {
  greeting: "* OK ready",
  CAPABILITY: "* CAPABILITY IMAP4rev1 UIDPLUS\r\n$ OK done",
  LOGIN: "$ OK in",
  NAMESPACE: '* NAMESPACE (("" "/")) NIL NIL\r\n$ OK done',
  LIST: '* LIST () "/" INBOX\r\n$ OK done',
  SELECT: "* 1 EXISTS\r\n* OK [UIDVALIDITY 1] v\r\n* OK [UIDNEXT 2] n\r\n$ OK [READ-WRITE] done",
  "UID SEARCH": "* SEARCH 1\r\n$ OK done",
  LOGOUT: "* BYE\r\n$ OK done",
};

const servers = new Set<Server>();
const sockets = new Set<Socket>();
afterEach(async () => {
  for (const socket of sockets) socket.destroy();
  for (const server of servers) await new Promise<void>((resolve) => server.close(() => resolve()));
  servers.clear();
});

/** An IMAP server that is decent but where it is told otherwise. */
async function start(script: Record<string, Answer>): Promise<ImapEndpoint> {
  const answers = { ...decent, ...script };
  const listening = createServer({ key: pem("localhost.key"), cert: pem("localhost.pem") }, (socket) => {
    sockets.add(socket.on("close", () => sockets.delete(socket)).on("error", () => socket.destroy()));
    const say = (answer: Answer | undefined, tag: string) => {
      if (typeof answer === "function") answer(socket, tag);
      else socket.write(`${(answer ?? "$ BAD unknown").replaceAll("$", tag)}\r\n`);
    };
    let left = "";
    socket.on("data", (data: Buffer) => {
      const lines = (left + data.toString("latin1")).split("\r\n");
      left = lines.pop() ?? "";
      for (const line of lines) {
        const [, tag = "", command = ""] = /^(\S+) ((?:UID )?\w+)/.exec(line) ?? [];
        say(answers[command], tag);
      }
    });
    say(answers["greeting"], "*");
  });
  servers.add(listening);
  await new Promise<void>((resolve) => listening.listen(0, "127.0.0.1", resolve));
  const { port } = listening.address() as AddressInfo;
  const { username, password } = login;
  const way = { encryption: "tls_strict", authentication: "login" } as const;
  return { host: "localhost", port, ...way, username, password, mailbox: "INBOX" };
}

const imap = createImap({ private_hosts: true, ca: [pem("ca.pem")] });
const failure = async (work: Promise<unknown>): Promise<ImapUnavailable> => {
  const error = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (error instanceof ImapUnavailable) return error;
  throw error ?? new Error("it went well");
};
const within = async (script: Record<string, Answer>, act: (session: ImapSession) => Promise<unknown>, ms = 20_000) => {
  const session = await imap.open(await start(script), ms);
  try {
    return await failure(act(session));
  } finally {
    await session.close();
  }
};

const endless = (text: string) => (socket: Socket) => {
  const chunk = text.repeat(Math.ceil(65_536 / text.length));
  const more = () => void (socket.writable && socket.write(chunk, more));
  more();
};

describe("R-IN-8 whatever a server does", () => {
  it("R-IN-8 what a decent server does goes well", async () => {
    const session = await imap.open(await start({}), 20_000);
    expect(await session.list({ above: 0, below: 2, unseen: false, most: 9 })).toEqual([1]);
    await session.close();
  });

  it("R-IN-8 a mail of 40 MB comes whole, and of a larger one an octet more than was asked for", async () => {
    const largest = 40 * 1024 * 1024;
    for (const size of [largest, largest + 1]) {
      const answer: Answer = (socket, tag) => {
        socket.write(`* 1 FETCH (UID 1 BODY[]<0> {${size}}\r\n`);
        socket.write(Buffer.alloc(size, "x"));
        socket.write(`)\r\n${tag} OK done\r\n`);
      };
      const session = await imap.open(await start({ "UID FETCH": answer }), 50_000);
      expect((await session.fetch(1, largest))?.length).toBe(size);
      await session.close();
    }
  });

  const opening: [string, Record<string, Answer>, string][] = [
    ["lines without end", { greeting: endless("x") }, "protocol"],
    ["answers without end", { CAPABILITY: endless("* OK still here\r\n") }, "protocol"],
    ["tokens without end", { SELECT: endless(`* FLAGS (${"a ".repeat(5_000)})\r\n`) }, "protocol"],
    ["no greeting", { greeting: () => undefined }, "no_answer"],
    ["no answer to the login", { LOGIN: () => undefined }, "no_answer"],
    ["a goodbye for a greeting", { greeting: "* BYE too busy" }, "refused"],
    ["a login that it has no room for", { LOGIN: "$ NO [UNAVAILABLE] try later" }, "refused"],
    ["the connection closed at the login", { LOGIN: (socket) => void socket.end() }, "refused"],
  ];
  it.each(opening)("R-IN-8 %s: it is over in time, and said", async (_, script, problem) => {
    const error = await failure(imap.open(await start(script), problem === "no_answer" ? 1_500 : 20_000));
    expect([error.problem, error.reply.length > 0]).toEqual([problem, true]);
  });

  it("R-IN-8 a byte now and then keeps nobody longer than the whole may take", async () => {
    const drip: Answer = (socket) => {
      const timer = setInterval(() => socket.write("x"), 50);
      socket.on("close", () => clearInterval(timer));
    };
    const start = performance.now();
    expect((await within({ "UID SEARCH": drip }, (session) => list(session), 1_500)).problem).toBe("no_answer");
    expect(performance.now() - start).toBeLessThan(15_000);
  });

  it("R-IN-8 a literal of 2 GB is not waited for", async () => {
    const huge: Answer = (socket) => void socket.write("* 1 FETCH (UID 1 BODY[] {2147483647}\r\n");
    expect((await within({ "UID FETCH": huge }, (session) => session.fetch(1, 1_000))).problem).toBe("protocol");
  });

  it("R-IN-8 mails by the hundred in answer to one: no more is read than was asked for", async () => {
    const many = endless(`* 1 FETCH (UID 1 BODY[] {1024}\r\n${"x".repeat(1024)})\r\n`);
    const before = process.memoryUsage().rss;
    const error = await within({ "UID FETCH": many }, (session) => session.fetch(1, 1_000));
    expect([error.problem, error.reply]).toEqual(["protocol", "the server sent more than was asked for"]);
    expect(process.memoryUsage().rss - before).toBeLessThan(400 * 1024 * 1024);
  });

  it("R-IN-8 a literal shorter or longer than was said gives no mail, and a session that is over", async () => {
    const short: Answer = (socket, tag) =>
      void socket.write(`* 1 FETCH (UID 1 BODY[] {50}\r\nfive!)\r\n${tag} OK done\r\n`, () => socket.end());
    const session = await imap.open(await start({ "UID FETCH": short }), 20_000);
    await failure(session.fetch(1, 1_000));
    await failure(list(session));
    await session.close();
  });

  it.each([
    ["its text", "* 1 FETCH (UID 1 BODY[]<0> NIL)\r\n$ OK done"],
    ["it", "$ OK done"],
    ["its UID", "* 1 FETCH (BODY[]<0> {5}\r\nhello)\r\n$ OK done"],
  ])("R-IN-8 a mail that is there is not taken for gone where the server does not give %s", async (_, answer) => {
    const there = { "UID FETCH": answer };
    const said = "the server did not give a mail that is there";
    expect((await within(there, (session) => session.fetch(1, 1_000))).reply).toBe(said);
    const session = await imap.open(await start({ ...there, "UID SEARCH": "* SEARCH\r\n$ OK done" }), 20_000);
    expect(await session.fetch(1, 1_000)).toBeUndefined();
    await session.close();
  });

  it("R-IN-8 a mail that the server says nothing of is gone only where it is", async () => {
    const there = { "UID FETCH": "$ OK done" };
    expect((await within(there, (session) => session.look(1))).problem).toBe("protocol");
    expect((await within({ ...there, "UID SEARCH": "$ NO" }, (session) => session.look(1))).problem).toBe("refused");
    const session = await imap.open(await start({ ...there, "UID SEARCH": "* SEARCH\r\n$ OK done" }), 20_000);
    expect(await session.look(1)).toBeUndefined();
    await session.close();
  });

  it("G6 a server that repeats the login gets none of it into what is said", async () => {
    const { password, username } = login;
    const plain = Buffer.from(`\0${username}\0${password}`).toString("base64");
    const endpoint = await start({ LOGIN: `$ NO bad password ${password} or ${plain}` });
    const steps = await imap.probe(endpoint, 5_000);
    expect(steps.at(-1)).toMatchObject({ step: "auth", class: "authentication", reply: "bad password *** or ***" });
  });

  it("G6 a password is not repeated as LOGIN quotes it, nor as JSON does", async () => {
    const password = 'corr"ect-horse\\battery';
    const quoted = 'corr\\"ect-horse\\\\battery';
    const endpoint = { ...(await start({ LOGIN: `$ BAD unknown: LOGIN "x" "${quoted}"` })), password };
    const steps = await imap.probe(endpoint, 5_000);
    expect(steps.at(-1)).toMatchObject({ step: "auth", ok: false, reply: 'unknown: LOGIN "x" "***"' });
    const tabbed = { ...endpoint, password: "corr\tect-horse" };
    expect(explain({ responseText: "no corr\\tect-horse" }, "auth", secretsIn(tabbed)).reply).toBe("no ***");
  });
});

const list = (session: ImapSession) => session.list({ above: 0, below: 2, unseen: false, most: 9 });
