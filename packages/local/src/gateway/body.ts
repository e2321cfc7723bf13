import type { IncomingMessage } from "node:http";

/** Lambda takes and gives 6 MB an invocation: in bytes, of the event as JSON. */
export const payloadLimit = 6 * 1_048_576;

/** More than this is not even read to its end: the connection is cut. */
const patience = 64 * 1_048_576;

/**
 * Reads a request's body.
 * @returns undefined when it is over the payload limit; the rest was read and dropped, so that the caller, who still
 *   sends, gets to see the answer.
 */
export async function read(request: IncomingMessage): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > patience) throw new Error("the body is far too large");
    if (size <= payloadLimit) chunks.push(chunk);
  }
  return size > payloadLimit ? undefined : Buffer.concat(chunks, size);
}

/** Whether what Lambda would be handed, or would answer, is within its limit. */
export const fits = (payload: object): boolean => Buffer.byteLength(JSON.stringify(payload)) <= payloadLimit;
