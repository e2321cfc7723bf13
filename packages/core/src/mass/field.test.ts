import { startTestPorts, type TestPorts } from "@posthouse/local/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { deliver, mail, makeDatabase, type TestDatabase } from "../../../../test/support/database.ts";
import { type Sink, startSink } from "../../../../test/support/sink.ts";
import * as Secret from "../database/secret.ts";
import * as Domain from "../domain/domain.ts";
import { accept } from "../email/accept.ts";
import { preview } from "../email/preview.ts";
import { read as rawMail } from "../email/raw.ts";
import { raw } from "../email/read.ts";
import type { SendRequest } from "../email/request.ts";
import * as keys from "../keys.ts";
import type { Ports } from "../ports/main.ts";
import * as Server from "../server/server.ts";

let env: TestPorts;
let sink: Sink;
let made = 0;
beforeAll(async () => {
  [env, sink] = await Promise.all([startTestPorts(), startSink()]);
});
afterAll(async () => {
  await Promise.all([env.close(), sink.close()]);
});

const setUp = () => makeDatabase(env.ports, { name: `field${made++}` });
const send = async (db: TestDatabase, changes: Partial<SendRequest> = {}) =>
  accept(env.ports, await db.version(), mail({ kind: "mass", ...changes }));
const marks = (mime: string) => mime.match(/^(?:List-[\w-]+|Precedence|X-Auto-Response-Suppress): .*$/gim) ?? [];
const mimeOf = async (db: TestDatabase, id: string, ports: Ports = env.ports) =>
  Buffer.from((await raw(ports, db.id, id)) as Uint8Array)
    .toString()
    .replaceAll("\r\n", "\n");
const ours = [
  "Precedence: bulk",
  "X-Auto-Response-Suppress: OOF, AutoReply",
  expect.stringMatching(/^List-Unsubscribe: <http:\/\/localhost:3000\/u\/[\w.-]+>$/),
  "List-Unsubscribe-Post: List-Unsubscribe=One-Click",
];

describe("R-KIND-3 the fields of mass mail", () => {
  it("one URI, the recipient's own, and One-Click: the same at every try, and as SES got them", async () => {
    const db = await setUp();
    const { ids = [] } = await send(db, { to: ["a@example.net", "b@example.net"] });
    const [one = "", two = ""] = await Promise.all(ids.map((id) => mimeOf(db, id)));
    expect(marks(one)).toEqual(ours);
    expect(marks(two)[2]).not.toBe(marks(one)[2]);
    expect(await mimeOf(db, ids[0] ?? "")).toBe(one);
    await deliver(env);
    const [last] = env.ses.mailbox.list(1);
    const seen =
      env.ses.mailbox
        .raw(last?.id ?? "")
        ?.toString()
        .replaceAll("\r\n", "\n") ?? "";
    expect([marks(one), marks(two)]).toContainEqual(marks(seen));
  });

  it("transactional mail has none of them", async () => {
    const db = await setUp();
    expect(marks(await mimeOf(db, (await send(db, { kind: "transactional" })).id))).toEqual([]);
  });

  it("list_unsubscribe: false leaves the link out, and no more", async () => {
    const db = await setUp();
    expect(marks(await mimeOf(db, (await send(db, { list_unsubscribe: false })).id))).toEqual(ours.slice(0, 2));
  });

  it("an installation that makes no links makes none here", async () => {
    const db = await setUp();
    const { id } = await send(db);
    const ports = { ...env.ports, operator: { ...env.ports.operator, public_url: null } };
    expect(marks(await mimeOf(db, id, ports))).toEqual(ours.slice(0, 2));
  });

  it("RFC 8058 §3.1 the URI is HTTPS; HTTP only to the machine itself, and nowhere else", async () => {
    const db = await setUp();
    const { id } = await send(db);
    const uri = async (public_url: string) => {
      const ports = { ...env.ports, operator: { ...env.ports.operator, public_url } };
      return /^List-Unsubscribe: <(.*)\/u\/[\w.-]+>$/m.exec(await mimeOf(db, id, ports))?.[1];
    };
    expect(await uri("https://mail.example.com")).toBe("https://mail.example.com");
    expect(await uri("http://127.0.0.1:3000")).toBe("http://127.0.0.1:3000");
    expect(await uri("http://mail.example.com")).toBeUndefined();
  });

  it("one_click_unsigned where no link is made: the caller is told, over SES too", async () => {
    const db = await setUp();
    const operator = { ...env.ports.operator, public_url: null };
    const ports = { ...env.ports, store: { ...env.ports.store }, operator };
    const { warnings } = await accept(ports, await db.version(), mail({ kind: "mass" }));
    expect(warnings).toMatchObject([
      { name: "one_click_unsigned", message: expect.stringContaining("POSTHOUSE_PUBLIC_URL") },
    ]);
  });

  it("the key of links and bounce tokens is read once a try", async () => {
    const db = await setUp();
    await send(db);
    let opened = 0;
    const get: Ports["store"]["get"] = (key, options) => {
      if (key.sk === keys.secret(db.id, Secret.record).sk && key.pk === keys.secret(db.id, Secret.record).pk) opened++;
      return env.ports.store.get(key, options);
    };
    const sending = { ...env, ports: { ...env.ports, store: { ...env.ports.store, get } } };
    await deliver(sending);
    expect(opened).toBe(1);
  });

  it("R-REW-6 a caller's own List-* is refused, and out of a message of the caller's own it is taken", async () => {
    const db = await setUp();
    for (const name of ["List-Unsubscribe", "list-id", "List-Unsubscribe-Post"])
      await expect(send(db, { headers: { [name]: "<https://elsewhere.example>" } })).rejects.toMatchObject({
        name: "invalid_header",
      });
    const message = Buffer.from(
      "To: a@example.net\r\nList-Unsubscribe: <mailto:x@elsewhere.example>\r\nList-Id: x\r\n\r\nHi\r\n",
    );
    const request = await rawMail(message, { kind: "mass", to: [] });
    const { id } = await accept(env.ports, await db.version(), request);
    expect(marks(await mimeOf(db, id))).toEqual(ours);
  });

  it("one_click_unsigned over a server of its own, in the answer and the preview; the fields go out all the same", async () => {
    const db = await setUp();
    await Domain.create(env.ports, await db.version(), { name: "brand.example" });
    const at = { host: "127.0.0.1", port: sink.port, encryption: "none" as const, authentication: "none" as const };
    await Server.create(env.ports, await db.version(), {
      name: "own",
      kind: "smtp",
      from_filter: "brand.example",
      ...at,
    });
    const news = { from: "news@brand.example", subject: "Over SMTP" };
    const names = ({ warnings }: { warnings: readonly { name: string }[] }) => warnings.map(({ name }) => name);
    expect(names(await send(db, news))).toContain("one_click_unsigned");
    expect(names(await preview(env.ports, await db.version(), mail({ kind: "mass", ...news })))).toContain(
      "one_click_unsigned",
    );
    for (const not of [{ list_unsubscribe: false }, { kind: "transactional" as const }])
      expect(names(await preview(env.ports, await db.version(), mail({ kind: "mass", ...news, ...not })))).toEqual([]);
    await deliver(env);
    expect(marks(sink.caught[0]?.raw.replaceAll("\r\n", "\n") ?? "")).toEqual(ours);
  });

  it("over SES there is no such warning: it signs the fields", async () => {
    const db = await setUp();
    expect((await send(db)).warnings).toEqual([]);
  });
});
