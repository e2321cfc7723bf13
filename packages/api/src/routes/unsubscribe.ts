import type { Subscription } from "@posthouse/core/mass/unsubscribe";
import { type Context, Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import type { AppEnv, AppPorts } from "../context.ts";
import type { Page } from "../unsubscribe/page.ts";

/** A form of one field, in bytes, with room for what a browser or a mailbox provider puts around it. */
const maxSize = 16 * 1024;

/**
 * `/u/{token}`: where List-Unsubscribe leads (R-KIND-3, RFC 8058). The token is all it takes: no key, no cookie, no redirect.
 * POST acts at once and as often as it comes; GET and HEAD, which scanners of mail follow, never act.
 */
export const unsubscribe = (ports: AppPorts) =>
  new Hono<AppEnv>()
    .get("/:token", async (c) => {
      const found = await find(ports, c);
      if (!found) return gone(c);
      const { address, head } = found;
      return show(c, 200, { kind: "ask", from: head?.from ?? null, address });
    })
    .post("/:token", bodyLimit({ maxSize, onError: (c) => wrong(c as Context<AppEnv>) }), async (c) => {
      const [found, asked] = await Promise.all([find(ports, c), read(c)]);
      if (!found) return gone(c);
      if (asked === undefined) return wrong(c);
      const { optIn, optOut } = await import("@posthouse/core/mass/unsubscribe");
      const { address } = found;
      if (asked === "undo") {
        const again = await optIn(ports, found);
        return show(c, 200, again ? { kind: "undone", address } : { kind: "stays" });
      }
      await optOut(ports, found);
      return show(c, 200, { kind: "done", address });
    });

/** Few requests are of recipients, and every cold start would read what they need. */
async function find(ports: AppPorts, c: Context<AppEnv>): Promise<Subscription | undefined> {
  const { find } = await import("@posthouse/core/mass/unsubscribe");
  return find(ports, c.req.param("token") ?? "");
}

/** What a POST asks for; undefined for all that is neither the one-click request nor our own form. */
async function read(c: Context<AppEnv>): Promise<"one_click" | "undo" | undefined> {
  const fields = await formOf(c);
  const [{ oneClick }, { undo }] = await Promise.all([
    import("@posthouse/core/mass/field"),
    import("../unsubscribe/page.ts"),
  ]);
  const has = ({ name, value }: { name: string; value: string }) => {
    const values = fields?.getAll(name) ?? [];
    return values.length === 1 && values[0] === value;
  };
  if (has(oneClick)) return "one_click";
  return has(undo) ? "undo" : undefined;
}

/** The fields of a form, urlencoded or multipart (RFC 8058 §3.2); undefined for a body that is none. */
async function formOf(c: Context<AppEnv>): Promise<FormData | URLSearchParams | undefined> {
  const type = c.req.header("content-type")?.split(";")[0]?.trim().toLowerCase();
  // Some senders of one-click requests name no type: what they send is urlencoded
  if (type === undefined || type === "application/x-www-form-urlencoded")
    return new URLSearchParams(await c.req.text());
  if (type !== "multipart/form-data") return undefined;
  try {
    return await c.req.raw.formData();
  } catch (error) {
    if (error instanceof TypeError) return undefined;
    throw error;
  }
}

const gone = (c: Context<AppEnv>): Promise<Response> => show(c, 404, { kind: "gone" });
const wrong = (c: Context<AppEnv>): Promise<Response> => show(c, 400, { kind: "wrong" });

async function show(c: Context<AppEnv>, status: 200 | 400 | 404, page: Page): Promise<Response> {
  const [{ headers, render }, { languageOf }] = await Promise.all([
    import("../unsubscribe/page.ts"),
    import("../unsubscribe/text.ts"),
  ]);
  const language = languageOf(c.req.header("accept-language"));
  return c.body(render(page, language), status, { ...headers, "content-language": language });
}
