import { timingSafeEqual } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { json, refuse, write } from "./answer.ts";
import type { OwnRoutes } from "./gateway.ts";

/** What `GET /_local/info` tells. */
export interface Info {
  readonly url: string;
  /** Where the mail comes in that SES would receive. */
  readonly smtp_port: number;
  readonly data_dir: string;
  readonly root_domain: string;
}

/** What the machine's own routes work on. */
export interface Own {
  info(): Info;
  readonly mailbox: { list(limit?: number): unknown[]; raw(id: string): Uint8Array | undefined };
  /** Moves the clock on, in ms. */
  advance(ms: number): void;
  /** Asked for on any bind address but the loopback; undefined: everybody here may. */
  readonly key?: string;
}

/** The routes under `/_local`: what the embedded mode has beside the product. */
export function ownRoutes(own: Own): OwnRoutes {
  return (request, response, body) => {
    if (!request.url?.startsWith("/_local/")) return false;
    const { pathname, searchParams } = new URL(request.url, "http://localhost");
    // A page of another origin may send a POST, though not read the answer: it must not move the clock
    if (request.headers.origin !== undefined && request.headers.origin !== `http://${request.headers.host}`)
      return refuse(response, 403, "invalid_api_key", "Not for pages of other origins."), true;
    if (!allowed(own, request))
      refuse(response, 401, "missing_api_key", "Send the operator key: Authorization: Bearer ph_…");
    else route(own, `${request.method} ${pathname}`, { response, body, searchParams });
    return true;
  };
}

interface Call {
  readonly response: ServerResponse;
  readonly body: Buffer;
  readonly searchParams: URLSearchParams;
}

function route(own: Own, name: string, call: Call): void {
  const raw = /^GET \/_local\/mailbox\/([^/]+)\/raw$/.exec(name)?.[1];
  if (raw !== undefined) return message(own, raw, call);
  if (name === "GET /_local/info") return json(call.response, 200, own.info());
  if (name === "GET /_local/mailbox") return mailbox(own, call);
  if (name === "POST /_local/clock") return clock(own, call);
  refuse(
    call.response,
    404,
    "not_found",
    "Here are /_local/info, /_local/mailbox, /_local/mailbox/{id}/raw, /_local/clock.",
  );
}

function mailbox({ mailbox }: Own, { response, searchParams }: Call): void {
  const limit = Number(searchParams.get("limit") ?? Number.NaN);
  if (searchParams.has("limit") && !(Number.isInteger(limit) && limit > 0))
    return refuse(response, 422, "invalid_parameter", "`limit` is a whole number greater than 0.");
  json(response, 200, { data: searchParams.has("limit") ? mailbox.list(limit) : mailbox.list() });
}

function message({ mailbox }: Own, id: string, { response }: Call): void {
  const raw = mailbox.raw(id);
  if (!raw) return refuse(response, 404, "not_found", "No such mail: GET /_local/mailbox lists them.");
  const headers = { "content-type": "message/rfc822" };
  write(response, { statusCode: 200, headers, body: Buffer.from(raw).toString("base64"), isBase64Encoded: true });
}

function clock(own: Own, { response, body }: Call): void {
  const seconds = advance(body.toString());
  if (seconds === undefined)
    return refuse(
      response,
      422,
      "invalid_parameter",
      '`advance_s` is a number of seconds from 0 to ten years: {"advance_s": 3600}',
    );
  own.advance(seconds * 1_000);
  json(response, 200, { advanced_s: seconds });
}

function advance(text: string): number | undefined {
  try {
    const { advance_s } = JSON.parse(text) as { advance_s: unknown };
    return typeof advance_s === "number" && advance_s >= 0 && advance_s <= 315_360_000 ? advance_s : undefined;
  } catch {
    // Whatever is wrong with the body, the answer says what belongs there.
    return undefined;
  }
}

/** On the loopback whoever got there by that name; a web page that had its own name point here did not. */
function allowed({ key }: Own, request: IncomingMessage): boolean {
  if (key === undefined) return /^(localhost|127\.0\.0\.1|\[::1\])(:\d+)?$/.test(request.headers.host ?? "");
  const given = Buffer.from(request.headers.authorization ?? "");
  const expected = Buffer.from(`Bearer ${key}`);
  return given.length === expected.length && timingSafeEqual(given, expected);
}
