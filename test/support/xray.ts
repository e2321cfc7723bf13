import { createSocket } from "node:dgram";
import { once } from "node:events";
import { ReceiveMessageCommand, SendMessageBatchCommand, type SQSClient } from "@aws-sdk/client-sqs";
import type { Clients } from "@posthouse/aws/clients";
import { record } from "@posthouse/local/sqs-record";
import type { SQSEvent } from "aws-lambda";

/** A segment document as it was sent. */
export interface Segment {
  readonly name: string;
  readonly trace_id: string;
  readonly parent_id: string;
  readonly annotations: Readonly<Record<string, string>>;
}

/** What listens in the place of X-Ray's daemon. */
export interface Daemon {
  /** `host:port` */
  readonly place: string;
  /** Datagrams as they came. */
  readonly heard: string[];
  /** Waits until so many have come. */
  segments(count: number): Promise<Segment[]>;
  close(): Promise<void>;
}

/** Starts it on a free port. */
export async function startDaemon(): Promise<Daemon> {
  const heard: string[] = [];
  const socket = createSocket("udp4").on("message", (datagram) => void heard.push(datagram.toString("utf8")));
  socket.bind(0, "127.0.0.1");
  await once(socket, "listening");
  return {
    place: `127.0.0.1:${socket.address().port}`,
    heard,
    async segments(count) {
      while (heard.length < count) await once(socket, "message");
      return heard.map((datagram) => JSON.parse(datagram.split("\n")[1] ?? "") as Segment);
    },
    async close() {
      socket.close();
      await once(socket, "close");
    },
  };
}

/** The header that Lambda gives an invocation. @param digit the trace's own */
export const headerOf = (digit: string, sampled = true): string =>
  `Root=1-5759e988-${digit.repeat(24)};Parent=${digit.repeat(16)};Sampled=${sampled ? 1 : 0};Lineage=1:a87bd80c:0`;
/** The id of a trace. */
export const traceOf = (digit: string): string => `1-5759e988-${digit.repeat(24)}`;

/**
 * Notes the trace that messages are sent with, and gives it back with them: the embedded SQS keeps no such attribute.
 * @returns receives a batch of a queue as Lambda hands it over.
 */
export function carrying({ sqs }: Pick<Clients, "sqs">): (url: string) => Promise<SQSEvent> {
  const headers = new Map<string, string>();
  sqs.middlewareStack.add(
    (next, { commandName }) =>
      async (request) => {
        const answer = await next(request);
        if (commandName === SendMessageBatchCommand.name) note(headers, request.input, answer.output);
        return answer;
      },
    { step: "initialize", name: "noteTraces" },
  );
  return (url) => receive(sqs, url, headers);
}

function note(headers: Map<string, string>, input: object, output: object): void {
  const { Entries = [] } = input as SendMessageBatchCommand["input"];
  const { Successful = [] } = output as { Successful?: { Id: string; MessageId: string }[] };
  for (const { Id, MessageSystemAttributes } of Entries) {
    const header = MessageSystemAttributes?.AWSTraceHeader?.StringValue;
    const id = Successful.find((one) => one.Id === Id)?.MessageId;
    if (header !== undefined && id !== undefined) headers.set(id, header);
  }
}

async function receive(sqs: SQSClient, QueueUrl: string, headers: ReadonlyMap<string, string>): Promise<SQSEvent> {
  const { Messages = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10 }));
  return {
    Records: Messages.map((message) => {
      const made = record(message, QueueUrl);
      const AWSTraceHeader = headers.get(made.messageId);
      return AWSTraceHeader === undefined ? made : { ...made, attributes: { ...made.attributes, AWSTraceHeader } };
    }),
  };
}
