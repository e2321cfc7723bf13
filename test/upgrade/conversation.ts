import * as Inbound from "@posthouse/core/inbound/batch";
import { arrive, report } from "../support/inbound.ts";
import { written } from "../support/taking.ts";
import { type Answer, D, type Player } from "./scenario.ts";

/** What a thread, its followers, and mail that comes in leave behind. */
export async function converse(player: Player): Promise<void> {
  const { call, settle } = player;
  const thread = "/v1/threads/helpdesk.ticket/7";
  await call("PUT", "/v1/users/anna@company.com", { name: "Anna", notify: "inbox" });
  await call("PUT", thread, { name: "Ticket 7" });
  await call("PUT", `${thread}/followers/anna@company.com`, {});
  await call("PUT", `${thread}/followers/mary@customer.example`, { name: "Mary" });
  await call("POST", `${thread}/messages`, { author: "Ben <ben@company.com>", text: "How is it?" });
  await call("PUT", "/v1/threads/helpdesk.ticket/8", {});
  await call("DELETE", "/v1/threads/helpdesk.ticket/8");
  await settle();
  await receive(player, `replies@company.com`, written({ "In-Reply-To": lastTo(player, "mary@customer.example") }));
  await receive(player, "support@company.com", written());
  for (let n = 0; n < 2; n++) await receive(player, "closed@company.com", written());
  await receive(player, `nobody@${D}`, written());
  const unknown = { message_id: `<unknown@${D}>`, recipient: "one@example.net" };
  const full = { message_id: lastTo(player, "four@example.net"), recipient: "four@example.net", status: "4.2.2" };
  for (const told of [unknown, full, full]) await receive(player, `bounce@${D}`, report(told));
  const { data } = (await call("GET", "/v1/received")) as unknown as { data: { id: string; status: string }[] };
  const unclaimed = data.find(({ status }) => status === "rejected");
  await call("POST", `/v1/received/${unclaimed?.id}/route`, { model: "crm.lead", record_id: "9" });
  await call("POST", `/v1/received/${unclaimed?.id}/confirm`, {});
  const { data: entries } = (await call("GET", "/v1/inbox?user=anna@company.com")) as unknown as { data: Answer[] };
  await call("POST", `/v1/inbox/${entries[0]?.id}/read`);
  await settle();
}

/** Its queue brings each twice. */
async function receive({ env }: Player, to: string, raw: string): Promise<void> {
  const job = await arrive(env, { to: [to], raw, verdicts: { dmarc: "PASS" } });
  for (let n = 0; n < 2; n++) {
    const { failed } = await Inbound.run(env.ports, [job]);
    if (failed.length > 0) throw new Error(`mail to ${to} was not taken in`);
  }
}

/** The Message-ID of the last mail that SES took for somebody. */
function lastTo({ env }: Player, address: string): string {
  const { mailbox } = env.ses;
  const mail = mailbox.list().find(({ recipients }) => recipients.includes(address));
  const id = /^Message-ID:\s*(<[^>]+>)/im.exec(Buffer.from(mailbox.raw(mail?.id ?? "") ?? []).toString())?.[1];
  if (id === undefined) throw new Error(`There is no mail to ${address}.`);
  return id;
}
