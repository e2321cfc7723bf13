import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Api, startApi } from "./client.ts";
import { text } from "./hostile.ts";

let api: Api;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.close());

const body = "List-Unsubscribe=One-Click";
const form = { "content-type": "application/x-www-form-urlencoded" };
const open = (path: string, headers: Record<string, string> = {}) =>
  api.call("GET", path, undefined, { key: "", headers });
const post = (path: string, text: string | undefined = body, headers: Record<string, string> = form) =>
  api.call("POST", path, text, { key: "", headers });

/** A database that has sent a mass mail, the link in it, and who is left out of the next one. */
async function sent(to = "bob@b.example") {
  const { name, key } = await api.database();
  const call = (method: string, path: string, body?: unknown) => api.call(method, path, body, { key });
  const send = (kind: string) => call("POST", "/v1/emails", { kind, to, subject: "News", text: "Hello" });
  const { id } = (await send("mass")).body;
  const { text } = await call("GET", `/v1/emails/${id}/raw`);
  const path = /^List-Unsubscribe: <http:\/\/localhost:3000(\/u\/[^>]+)>\r$/m.exec(text)?.[1] ?? "";
  const leftOut = async (kind = "mass") => (await send(kind)).body["suppressed"];
  return { name, id, path, call, leftOut };
}
const optedOut = [{ address: "bob@b.example", reason: "opted_out" }];

describe("R-KIND-3 one click (RFC 8058)", () => {
  it.each([
    ["urlencoded", body, form],
    ["urlencoded with a charset", body, { "content-type": "application/x-www-form-urlencoded; charset=UTF-8" }],
    [
      "multipart",
      `--x\r\nContent-Disposition: form-data; name="List-Unsubscribe"\r\n\r\nOne-Click\r\n--x--\r\n`,
      { "content-type": "multipart/form-data; boundary=x" },
    ],
  ])("§3.1 a POST, %s, acts at once: no key, no redirect, no cookie; repeatable", async (_, text, headers) => {
    const { id, path, call, leftOut } = await sent();
    for (let n = 0; n < 2; n++) {
      const answer = await post(path, text, headers);
      expect(answer.status).toBe(200);
      expect([answer.headers.get("location"), answer.headers.get("set-cookie")]).toEqual([null, null]);
    }
    expect(await leftOut()).toEqual(optedOut);
    expect(await leftOut("transactional")).toBeUndefined();
    const { events } = (await call("GET", `/v1/emails/${id}`)).body as unknown as { events: { type: string }[] };
    expect(events.filter(({ type }) => type === "unsubscribed")).toHaveLength(1);
    expect((await call("GET", "/v1/opt-outs")).body.data).toMatchObject([
      { email: "bob@b.example", origin: "one_click" },
    ]);
  });

  it.each(["GET", "HEAD"])("§3.1 a %s never acts, however often a scanner follows the link", async (method) => {
    const { path, leftOut } = await sent();
    for (let n = 0; n < 3; n++) expect((await api.app.request(path, { method })).status).toBe(200);
    expect(await leftOut()).toBeUndefined();
  });

  it.each([
    ["another value", "List-Unsubscribe=Two-Click", form],
    ["another field", "Unsubscribe=One-Click", form],
    ["both at once", `${body}&${body}`, form],
    ["nothing", "", form],
    ["JSON", JSON.stringify({ "List-Unsubscribe": "One-Click" }), { "content-type": "application/json" }],
    ["a broken multipart", "--y\r\nnothing", { "content-type": "multipart/form-data; boundary=x" }],
    ["a multipart without a boundary", body, { "content-type": "multipart/form-data" }],
    ["far too much", `${body}&x=${"x".repeat(20_000)}`, form],
  ])("a POST of %s is 400, and does nothing", async (_, text, headers) => {
    const { path, leftOut } = await sent();
    expect((await post(path, text, headers)).status).toBe(400);
    expect(await leftOut()).toBeUndefined();
  });

  it("a token that was changed, is another database's, or of one that was deleted: the same page, 404", async () => {
    const [one, two] = [await sent(), await sent()];
    const token = one.path.slice("/u/".length);
    const foreign = `/u/${two.path.slice(3, 29)}${token.slice(26)}`;
    await api.call("DELETE", `/v1/databases/${two.name}`);
    const pages = [];
    for (const path of [`${one.path}A`, one.path.slice(0, -1), foreign, two.path, "/u/x", `/u/${"x".repeat(5_000)}`])
      pages.push(await open(path), await post(path));
    expect(new Set(pages.map(({ status }) => status))).toEqual(new Set([404]));
    expect(new Set(pages.map(({ text }) => text)).size).toBe(1);
    expect(await one.leftOut()).toBeUndefined();
  });
});

describe("the pages", () => {
  it("the page that asks has one form that posts what one click does; the answer undoes it", async () => {
    const { path, leftOut } = await sent();
    const asks = await open(path);
    expect(asks.text).toContain('<form method="post"><input type="hidden" name="List-Unsubscribe" value="One-Click">');
    expect((await post(path)).text).toContain('name="undo" value="yes"');
    expect(await leftOut()).toEqual(optedOut);
    expect((await post(path, "undo=yes")).text).toContain("subscribed again");
    expect(await leftOut()).toBeUndefined();
  });

  it("whom the sender has entered himself, no link brings back", async () => {
    const { path, call, leftOut } = await sent();
    await call("POST", "/v1/opt-outs", { email: "bob@b.example" });
    expect((await post(path, "undo=yes")).text).toContain("You stay unsubscribed");
    expect(await leftOut()).toEqual(optedOut);
  });

  it("whom the sender enters after a click, no link brings back either", async () => {
    const { path, call, leftOut } = await sent();
    await post(path);
    expect((await call("POST", "/v1/opt-outs", { email: "bob@b.example" })).status).toBe(200);
    expect((await post(path, "undo=yes")).text).toContain("You stay unsubscribed");
    expect(await leftOut()).toEqual(optedOut);
  });

  it("to and fro a hundred times is two entries of the timeline: the last time of each", async () => {
    const { path, call, id } = await sent();
    for (let n = 0; n < 100; n++) {
      api.machine.advance(1);
      await post(path);
      api.machine.advance(1);
      await post(path, "undo=yes");
    }
    const { events } = (await call("GET", `/v1/emails/${id}`)).body as unknown as { events: { type: string }[] };
    expect(events.map(({ type }) => type).slice(-2)).toEqual(["unsubscribed", "resubscribed"]);
    expect(events.length).toBeLessThan(10);
  });

  it("R-FAIL-1 the timeline forgets a click as all else, after events_days", async () => {
    const { key } = await api.database();
    const call = (method: string, path: string, body?: unknown) => api.call(method, path, body, { key });
    const retention = { bodies_days: 9, events_days: 3, heads_days: 60 };
    expect((await call("PATCH", "/v1/settings", { retention })).status).toBe(200);
    const news = { kind: "mass", to: "bob@b.example", subject: "News", text: "Hello" };
    const { id } = (await call("POST", "/v1/emails", news)).body;
    const { text } = await call("GET", `/v1/emails/${id}/raw`);
    await post(/localhost:3000(\/u\/[^>]+)>/.exec(text)?.[1] ?? "");
    const types = async () =>
      ((await call("GET", `/v1/emails/${id}`)).body as unknown as { events: { type: string }[] }).events.map(
        ({ type }) => type,
      );
    expect(await types()).toContain("unsubscribed");
    api.machine.advance(10 * 86_400_000);
    expect(await types()).not.toContain("unsubscribed");
  });

  it("names the sender, and the recipient only so far that he knows himself; nothing of it is HTML", async () => {
    const { key } = await api.database();
    const mail = { kind: "mass", to: "bob@b.example", subject: "x", text: "y", from: '"<b>&\'Eve" <eve@e.example>' };
    const { id } = (await api.call("POST", "/v1/emails", mail, { key })).body;
    const { text } = await api.call("GET", `/v1/emails/${id}/raw`, undefined, { key });
    const page = await open(/localhost:3000(\/u\/[^>]+)>/.exec(text)?.[1] ?? "");
    expect(page.text).toContain("&lt;b&gt;&amp;&#39;Eve");
    expect(page.text).toContain("b…@b.example");
    expect(page.text).not.toContain("bob@");
  });

  it.each([
    ["de-AT,de;q=0.9,en;q=0.8", "de", "Abmelden"],
    ["fr;q=0.5, xx, en;q=0.1", "fr", "Se désabonner"],
    ["es", "es", "Darse de baja"],
    ["en;q=0, zh", "en", "Unsubscribe"],
    ["", "en", "Unsubscribe"],
    ["__proto__, de;q=oops", "en", "Unsubscribe"],
  ])("in the reader's language: %s", async (accept, language, title) => {
    const { path } = await sent();
    const page = await open(path, { "accept-language": accept });
    expect(page.headers.get("content-language")).toBe(language);
    expect(page.text).toContain(`<html lang="${language}">`);
    expect(page.text).toContain(`<h1>${title}</h1>`);
  });

  it("load nothing, run nothing, and are in no cache, index or referrer", async () => {
    const { path } = await sent();
    for (const page of [await open(path), await post(path), await open("/u/x"), await post(path, "")]) {
      expect(page.text).not.toMatch(/<script|<link|<img|src=|@import|url\(|https?:|style="/i);
      expect(page.text).toMatch(/<html lang="\w+">.*<title>[^<]+<\/title>.*<main><h1>/s);
      expect(page.headers.get("content-security-policy")).toMatch(
        /^default-src 'none'; style-src 'sha256-[\w+/=]+'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'$/,
      );
      expect(Object.fromEntries(page.headers)).toMatchObject({
        "cache-control": "no-store",
        "referrer-policy": "no-referrer",
        "x-robots-tag": "noindex, nofollow",
        "x-content-type-options": "nosniff",
      });
    }
  });
});

it("nothing that is sent to a link makes a 5xx", async () => {
  const { path, leftOut } = await sent();
  const types = fc.constantFrom(
    "application/x-www-form-urlencoded",
    "multipart/form-data; boundary=x",
    "multipart/form-data; boundary=",
    "text/plain",
    "application/json",
    "\t",
  );
  const bodies = fc.oneof(text, fc.constantFrom("--x\r\n\r\n--x--", "%", "%ff=%", "a=b&&&=", "undo", "undo=no"));
  const paths = fc.oneof(
    fc.constant(path),
    text.map((each) => `/u/${encodeURIComponent(each.toWellFormed())}`),
    fc.constant("/u/%ff%"),
  );
  await fc.assert(
    fc.asyncProperty(paths, types, bodies, text, async (path, type, body, language) => {
      const headers = { "content-type": type, "accept-language": language.replace(/[^\x20-\x7e]/g, "") };
      for (const init of [{ method: "POST", headers, body }, { method: "GET", headers }, { method: "HEAD" }])
        expect((await api.app.request(path, init)).status).toBeLessThan(500);
    }),
    { numRuns: 150 },
  );
  expect(await leftOut()).toBeUndefined();
});
