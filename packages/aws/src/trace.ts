import { randomBytes } from "node:crypto";
import { createSocket } from "node:dgram";
import type { HandOver, SesMailer, SesMessage } from "@posthouse/core/ports/mailer";

/** The trace of an invocation, as Lambda names it: `Root=…;Parent=…;Sampled=1`, and more. */
export interface Tracing {
  /** Of the current invocation; undefined where there is none. */
  readonly header: () => string | undefined;
  /** Of the invocation that put an email on its queue. @default unknown */
  readonly origin?: (email: string) => string | undefined;
  /** Where X-Ray's daemon listens, `host:port`, UDP. */
  readonly daemon: string | undefined;
}

/** The header where this invocation is one of the sample; undefined otherwise. */
export const sampled = ({ header }: Pick<Tracing, "header">): string | undefined => ofSample(header());

const ofSample = (header: string | undefined): string | undefined =>
  header !== undefined && part(header, "Sampled") === "1" ? header : undefined;

/**
 * The mailer with a subsegment for each hand-over: how long SES took, and of which email, by its tags. It is told in the
 * trace of the invocation that hands over, and in that of the one which put the email on its queue: Lambda links the
 * two and keeps them apart, for a batch has messages of several. What is traced costs a datagram each; a trace that is
 * lost is no failure, and nobody waits for it.
 */
export function traced(mailer: SesMailer, tracing: Tracing): SesMailer {
  const daemon = placeOf(tracing.daemon);
  if (daemon === undefined) return mailer;
  return {
    async send(message) {
      const headers = headersOf(tracing, message);
      const start = Date.now();
      const answer = await mailer.send(message);
      for (const header of headers) emit(daemon, segment(header, message, answer, start, Date.now()));
      return answer;
    },
  };
}

/** Each trace once: a batch of one message may go on in that message's trace. */
function headersOf(tracing: Tracing, { tags }: SesMessage): Iterable<string> {
  const origin = ofSample(tracing.origin?.(tags["posthouse_email"] ?? ""));
  const all = [sampled(tracing), origin].filter((header) => header !== undefined);
  return new Map(all.toReversed().map((header) => [part(header, "Root"), header])).values();
}

interface Place {
  readonly host: string;
  readonly port: number;
}

const part = (header: string, name: string): string | undefined =>
  header
    .split(";")
    .find((each) => each.startsWith(`${name}=`))
    ?.slice(name.length + 1);

/** A subsegment document of X-Ray: times in seconds; annotations are what traces are found by. */
function segment(header: string, { tags }: SesMessage, { outcome }: HandOver, start: number, end: number): object {
  return {
    name: "SESv2",
    id: randomBytes(8).toString("hex"),
    trace_id: part(header, "Root"),
    parent_id: part(header, "Parent"),
    type: "subsegment",
    namespace: "aws",
    start_time: start / 1_000,
    end_time: end / 1_000,
    ...(outcome !== "accepted" && { fault: true }),
    annotations: { database: tags["posthouse_database"] ?? "", email: tags["posthouse_email"] ?? "", outcome },
    aws: { operation: "SendEmail" },
  };
}

/** A place that is none must not throw after a hand-over: its outcome would be unknown. */
function placeOf(text = ""): Place | undefined {
  const [, host, port] = /^([\w.-]+):(\d{1,5})$/.exec(text) ?? [];
  return host !== undefined && Number(port) > 0 && Number(port) < 65_536 ? { host, port: Number(port) } : undefined;
}

function emit({ host, port }: Place, document: object): void {
  const socket = createSocket("udp4").unref();
  // Whatever comes of it: no mail is to fail by its trace
  socket.once("error", () => socket.close());
  const datagram = `{"format":"json","version":1}\n${JSON.stringify(document)}`;
  socket.send(datagram, port, host, () => socket.close());
}
