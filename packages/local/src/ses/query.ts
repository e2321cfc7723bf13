import { randomUUID } from "node:crypto";
import type { HttpBindings } from "@hono/node-server";
import type { Context } from "hono";
import * as Bounce from "./bounce.ts";
import type { Ses } from "./context.ts";
import { SesError } from "./error.ts";

/** What nests in a form of the AWS Query protocol. */
type Nested = string | { [name: string]: Nested };

const namespace = "http://ses.amazonaws.com/doc/2010-12-01/";

/** The SES v1 API by the AWS Query protocol, of which there is SendBounce: v2 has no such call. */
export async function answer(ses: Ses, c: Context<{ Bindings: HttpBindings }>): Promise<Response> {
  try {
    const form = new URLSearchParams(await c.req.text());
    const action = form.get("Action");
    if (action !== "SendBounce") throw new SesError("InvalidAction", `The action ${action ?? ""} is not valid.`);
    const parsed = Bounce.schema.safeParse(lists(nest(form)));
    if (!parsed.success) throw new SesError("ValidationError", problems(parsed.error.issues));
    const id = await Bounce.send(ses, parsed.data);
    const result = `<SendBounceResult><MessageId>${id}</MessageId></SendBounceResult>`;
    const metadata = `<ResponseMetadata><RequestId>${randomUUID()}</RequestId></ResponseMetadata>`;
    return xml(200, `<SendBounceResponse xmlns="${namespace}">${result}${metadata}</SendBounceResponse>`);
  } catch (error) {
    if (!(error instanceof SesError)) throw error;
    return refusal(error);
  }
}

const problems = (issues: readonly { path: PropertyKey[]; message: string }[]): string =>
  issues.map(({ path, message }) => `'${path.map(String).join(".")}': ${message}`).join("; ");

/** The names the Query protocol has for the same. */
const codes: Partial<Record<SesError["name"], string>> = {
  BadRequestException: "InvalidParameterValue",
  TooManyRequestsException: "Throttling",
  AccountSuspendedException: "AccountSendingPausedException",
  SendingPausedException: "AccountSendingPausedException",
};

function refusal({ name, message }: SesError): Response {
  const error = `<Error><Type>Sender</Type><Code>${codes[name] ?? name}</Code><Message>${escape(message)}</Message></Error>`;
  return xml(400, `<ErrorResponse xmlns="${namespace}">${error}<RequestId>${randomUUID()}</RequestId></ErrorResponse>`);
}

const xml = (status: number, body: string): Response =>
  new Response(body, { status, headers: { "content-type": "text/xml", "x-amzn-requestid": randomUUID() } });

const escape = (text: string): string =>
  text.replace(/[&<>]/g, (letter) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;" })[letter] ?? "");

/** `A.B=1` as `{ A: { B: "1" } }`. */
function nest(form: URLSearchParams): Nested {
  const root: { [name: string]: Nested } = Object.create(null) as { [name: string]: Nested };
  for (const [path, value] of form) {
    const names = path.split(".");
    const last = names.pop() ?? "";
    let at = root;
    for (const name of names) {
      const next = at[name];
      at = typeof next === "object" ? next : (at[name] = Object.create(null) as { [name: string]: Nested });
    }
    at[last] = value;
  }
  return root;
}

/** `{ member: { 1: …, 2: … } }` as a list. */
function lists(value: Nested): unknown {
  if (typeof value === "string") return value;
  const { member } = value;
  if (typeof member === "object") return Object.values(member).map(lists);
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, lists(each)]));
}
