import type { Clients } from "@posthouse/aws/clients";

/** A request as it went out to AWS: every attempt is one. */
export interface Call {
  /** As the SDK names its client without "Client": `DynamoDB`, `SQS`, `SESv2`. */
  readonly service: string;
  /** `GetItem`, `SendMessageBatch`. */
  readonly operation: string;
  /** The input, marshalled. */
  readonly input: object;
}

/** Tells what clients have called. */
export interface Recorder {
  /** The calls since the last time, oldest first. */
  take(): Call[];
}

interface Request {
  readonly input: object;
}
type Handler = (request: Request) => Promise<object>;
interface Context {
  readonly clientName?: string;
  readonly commandName?: string;
}

/** What is needed of a client of the SDK. */
interface Recordable {
  readonly middlewareStack: {
    add(middleware: (next: Handler, context: Context) => Handler, options: { step: "deserialize" }): void;
  };
}

/** Records every request of all clients where it leaves the SDK, so that retries count. */
export function record(clients: Clients): Recorder {
  const calls: Call[] = [];
  for (const client of Object.values(clients) as Recordable[]) {
    const note = (next: Handler, { clientName = "", commandName = "" }: Context): Handler => {
      const service = clientName.replace(/Client$/, "");
      const operation = commandName.replace(/Command$/, "");
      return (request) => {
        calls.push({ service, operation, input: request.input });
        return next(request);
      };
    };
    client.middlewareStack.add(note, { step: "deserialize" });
  }
  return { take: () => calls.splice(0) };
}
