import type { Mail } from "./mail.ts";

/** Who reports by custom (RFC 5321 §4.5.1, RFC 3834 §3.3), Exchange's own among them. */
const reporter =
  /(?:^|[\s<"(])(?:mailer-?daemon|mail-?daemon|postmaster|microsoftexchange[0-9a-f]{8,40})(?=@|[\s>")]|$)/i;

/** Out of office, in the words of the clients that say so. */
const away =
  /out of (?:the )?office|auto(?:matic|mated|matische|mática)?[ -]?(?:reply|response|antwort)|autoreply|vacation|abwesen|réponse automatique|absen[ct]e|respuesta automática|resposta automática|risposta automatica|automatisch antwoord|auto(?:matiskt )?svar|odpowiedź automatyczna|автоматический ответ|автоответ|不在|自動(?:返信|応答)|自动(?:答复|回复)|자동 ?(?:회신|응답)/i;

/** What programs write that answer for a person; Exchange and Outlook the last (MS-OXCMAIL), in any language. */
const marks = ["x-autoreply", "x-autorespond", "x-auto-response-for", "x-auto-response-suppress"];

/**
 * Whether a person's mail program answers in that person's absence (RFC 3834 §1): nothing is known to have failed. A
 * server may quote the subject of the mail it returns, so that only the beginning tells.
 */
export const isAway = (mail: Mail, subject: string): boolean =>
  marks.some((name) => mail.field(name) !== "") ||
  /auto_?reply/i.test(mail.field("precedence")) ||
  away.exec(subject)?.index === 0;

/**
 * Whether a mail server gives its name. The empty reverse-path alone is no such name: answers in somebody's absence and
 * acknowledgements come with it too (RFC 3834 §3.3).
 */
export const isNamed = (mail: Mail): boolean =>
  reporter.test(mail.field("from").slice(0, 1_000)) || mail.field("x-failed-recipients") !== "";

/** Whether a mail is by no person's hand, so that what is attached to it is its message. */
export const isAutomatic = (mail: Mail): boolean =>
  isNamed(mail) ||
  /^<\s*>/.test(mail.field("return-path")) ||
  /^(?:multipart\/report|message\/)/i.test(mail.field("content-type")) ||
  /^auto-/i.test(mail.field("auto-submitted"));
