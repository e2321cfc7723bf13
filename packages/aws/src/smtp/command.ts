import type { SMTPConnectionCustomAuthContext, SMTPConnectionCustomAuthHandlers } from "nodemailer/lib/smtp-connection";
import type { Link } from "./link.ts";
import { bearer, codeOf } from "./reply.ts";
import { step } from "./step.ts";

/** The method under which {@link command} has one command sent. */
const own = "COMMAND";

/** The method of a login by access token: under the name of XOAUTH2 the connection would choose among all it knows. */
export const byToken = "ACCESS-TOKEN";

/** What the connection sends by its hook for authentication methods it does not know. */
export const customAuth: SMTPConnectionCustomAuthHandlers = { [own]: sendOne, [byToken]: showToken };

/**
 * Sends one command and gives the server's whole reply, whatever it is.
 * @throws NodemailerError when there is no reply.
 */
export async function command({ connection }: Link, text: string, ms: number): Promise<string> {
  let reply = "";
  const asked = { method: own, user: own, pass: own, text, said: (said: string) => void (reply = said) };
  await step(connection, ms, (done) => connection.login(asked, done));
  return reply;
}

async function sendOne({ auth, sendCommand }: SMTPConnectionCustomAuthContext): Promise<void> {
  const { text, said } = auth as unknown as { text: string; said: (reply: string) => void };
  said((await sendCommand(text)).response);
}

/**
 * AUTH XOAUTH2. A server says why by a 334, and its final no after an empty line: what is tried again, and with which
 * token, is not the connection's to decide.
 */
async function showToken({ auth, authMethods, sendCommand }: SMTPConnectionCustomAuthContext): Promise<void> {
  if (!authMethods.includes("XOAUTH2")) throw new Error("the server offers no XOAUTH2: use a password with `login`");
  const token = bearer(String(auth.user), String(auth["access_token"]));
  const first = await sendCommand(`AUTH XOAUTH2 ${Buffer.from(token, "utf8").toString("base64")}`);
  const last = codeOf(first.response) === 334 ? await sendCommand("") : first;
  if (codeOf(last.response) !== 235) throw new Error("the server does not take the access token");
}
