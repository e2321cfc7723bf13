import { setImmediate } from "node:timers/promises";
import type { DynamoDBClientConfig } from "@aws-sdk/client-dynamodb";
import type { Dynamodb } from "./endpoint.ts";

/** The part of the SDK's request that the endpoint reads. */
interface Request {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array;
}

const utf8 = new TextDecoder();

/**
 * How a client of the SDK reaches an endpoint of this process without a socket: all of a call but the wire, for half of
 * its time. The endpoint looks at no signature, so none is made.
 */
export const inProcess = ({ answer }: Dynamodb): Pick<DynamoDBClientConfig, "requestHandler" | "signer"> => ({
  signer: { sign: (request) => Promise.resolve(request) },
  requestHandler: {
    async handle({ headers, body }: Request) {
      // A turn of the event loop, as over a socket: who calls again and again holds up no timer
      await setImmediate();
      const answered = await answer(headers["x-amz-target"] ?? "", typeof body === "string" ? body : utf8.decode(body));
      if (!answered) throw Object.assign(new Error("socket hang up"), { code: "ECONNRESET" });
      const { status: statusCode, text } = answered;
      return {
        response: {
          statusCode,
          headers: { "content-type": "application/x-amz-json-1.0" },
          body: Buffer.from(text),
        },
      };
    },
  },
});
