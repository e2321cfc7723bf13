import * as Address from "./address.ts";
import { type Action, type ReportRecipient, words } from "./report.ts";
import * as Status from "./status.ts";

/** What a bounce without a part for machines says. */
export interface Told {
  readonly recipients: readonly ReportRecipient[];
  /** The header of the mail it returns, `""` where it does not. */
  readonly quoted: string;
}

/** Characters of the text that are read, and lines of it that name somebody. */
const [longest, mostNamed] = [65_536, 50];

/** A line of a header as it is returned within a text, in any language of the text around it. */
const headerLine =
  /^>?[ \t]*(?:return-path|received|delivered-to|dkim-signature|authentication-results|message-id|mime-version|from|to|subject|date|reply-to|references|in-reply-to|content-type|x-[\w-]{1,60}|arc-[\w-]{1,40}|list-[\w-]{1,40}):[ \t]/i;

/**
 * Reads a bounce that is text alone, in whatever language and form: a line that begins with an address (qmail's
 * `<bob@example.net>:`, Exim's and Gmail's by itself, Sendmail's in brackets, Exchange's with the name before it) and,
 * before the next of them, a status (RFC 3463) or SMTP reply code. Null where that is not to be found: nothing is guessed.
 * @param failed addresses the header names as failed (Exim's X-Failed-Recipients).
 */
export function parse(text: string, failed: readonly string[] = []): Told | null {
  const lines = text.slice(0, longest).split(/\r?\n/);
  const end = lines.findIndex((line, n) => isHeader(line) && isHeader(nextOf(lines, n)));
  const said = end < 0 ? lines : lines.slice(0, end);
  const all = said.join("\n");
  const sections = named(said);
  const found = sections.flatMap((section) => recipient(section, all));
  const recipients = found.length > 0 ? found : alone(sections, failed, all);
  return recipients.length === 0 ? null : { recipients, quoted: end < 0 ? "" : lines.slice(end).join("\r\n") };
}

const isHeader = (line: string): boolean => headerLine.test(line);

/** The line after a field and its folded lines. */
function nextOf(lines: readonly string[], at: number): string {
  for (const line of lines.slice(at + 1, at + 50)) if (!/^[ \t]/.test(line)) return line;
  return "";
}

/** An address that a text names, and what follows up to the next. */
interface Section {
  readonly address: string;
  readonly lines: string[];
  /** Whether a code is among the lines: then the address, named again, is part of the reason. */
  told: boolean;
}

function named(lines: readonly string[]): Section[] {
  const sections: Section[] = [];
  for (const line of lines) {
    const { address, rest } = begin(line) ?? { address: null, rest: line };
    const last = sections.at(-1);
    const goesOn = address === null || (last?.told === true && last.address === address);
    if (!goesOn && sections.length < mostNamed)
      sections.push({ address, lines: [rest], told: statusOf(rest) !== null });
    else if (goesOn && last) {
      last.lines.push(line);
      last.told ||= statusOf(line) !== null;
    }
  }
  return sections;
}

/** `bob@example.net`, `<bob@example.net>: reason`, `'bob@example.net' (bob@example.net)`, … */
const bare = /^[<"'([]{0,2}([^\s@<>"'()[\]:;,]{1,64}@[^\s@<>"'()[\]:;,]{1,255}?)[>"')\].]{0,2}(?=$|[\s:;,<(])(.*)$/;
/** `Bob Smith (bob@example.net)`, `Bob Smith <bob@example.net>`. */
const after = /^[^\d#<>@:][^<>@:(]{0,80}[(<]([^\s@<>"'()]{1,64}@[^\s@<>"'()]{1,255})[>)](.*)$/;

function begin(line: string): { address: string; rest: string } | null {
  const text = line
    .slice(0, 1_000)
    .replace(/<mailto:[^<>]{0,320}>/gi, "")
    .replace(/^[\s*•·-]{1,20}/, "");
  const [, written, rest = ""] = bare.exec(text) ?? after.exec(text) ?? [];
  const address = Address.parse(written);
  return address === null ? null : { address, rest };
}

/** A reply code counts where a server's words begin, not anywhere in a text; more digits make it a telephone number. */
const replyCode =
  /(?:^[\s:;,]{0,8}|['"#([]|<<<|(?:said|returned|error):?)[ \t]{0,4}#?([45][0-7]\d)(?=[ \t:.-]{1,4}(?:[45]\.[0-7]\.\d|[^\s\d:.-]))/i;
/** Behind a colon it counts in a line that speaks of SMTP. */
const codeBehindColon = /:[ \t]{0,4}#?([45][0-7]\d)(?=[ \t:.-]{1,4}[^\s\d:.-])/;
const smtpWords =
  /smtp|\b(?:rcpt|host|mx|mta|remote|reply|replied|response|responded|user|mailbox|recipient|relay|rejected|refused|denied|unknown|deliver\w*|quota|spam|blocked)\b|server|serveur|servidor/i;

/** The status that lines tell, and the paragraph that holds it. */
function codeOf(lines: readonly string[]): { status: string; diagnostic: string | null } | null {
  const found = lines.findIndex((line) => statusOf(line) !== null);
  if (found < 0) return null;
  const isBlank = (line: string) => line.trim() === "";
  const begin = lines.findLastIndex((line, n) => n < found && isBlank(line)) + 1;
  const end = lines.findIndex((line, n) => n > found && isBlank(line));
  const paragraph = lines.slice(begin, end < 0 ? undefined : end).join("\n");
  return { status: statusOf(lines[found] ?? "") ?? "", diagnostic: words(paragraph.replace(/^[\s:;,]+/, "")) };
}

function statusOf(line: string): string | null {
  const text = line.slice(0, 2_000);
  const [status, code] = [Status.findMarked(text), codeIn(text)];
  return (status?.startsWith("2") ? null : status) ?? (code === undefined ? null : `${code.charAt(0)}.0.0`);
}

const codeIn = (line: string): string | undefined =>
  replyCode.exec(line)?.[1] ?? (smtpWords.test(line) ? codeBehindColon.exec(line)?.[1] : undefined);

function recipient({ address, lines }: Pick<Section, "address" | "lines">, all: string): ReportRecipient[] {
  const code = codeOf(lines);
  if (code === null) return [];
  const { status, diagnostic } = code;
  return [{ address, original: false, action: actionOf(status, all), status, diagnostic, remote_mta: null }];
}

/** The reason stands elsewhere: it is that of the only one the text or the header names. */
function alone(
  sections: readonly Pick<Section, "address">[],
  failed: readonly string[],
  all: string,
): ReportRecipient[] {
  const named = failed.length > 0 ? failed : sections.map(({ address }) => address);
  const [address, ...more] = new Set(named);
  return address === undefined || more.length > 0 ? [] : recipient({ address, lines: all.split("\n") }, all);
}

/** The server goes on trying, in the languages mail servers speak most. */
const waits =
  /warning message only|not yet been delivered|do not need to resend|will (?:be retried|keep trying|continue to try|retry)|could not send message for past|has been delayed|is delayed|wird weiter(?:hin)? versucht|verzögert|pas encore été (?:remis|distribué)|retardée?|再試行|遅延/i;
/** The server has stopped. */
const gaveUp =
  /not going to try again|giv(?:e|ing|en) up|permanent|too long|expired|could not be delivered|can'?t be delivered|unable to deliver|undeliver|returned to sender|has failed|deleted from queue|wasn'?t able to deliver|nicht zugestellt|unzustellbar|endgültig|n['’]a pas pu être|échec|配信不能|配信できません/i;

/** A temporary reply means failure only where the server says that it has stopped (R-FAIL-4). */
function actionOf(status: string, text: string): Action {
  if (status.startsWith("5")) return "failed";
  return gaveUp.test(text) && !waits.test(text) ? "failed" : "delayed";
}
