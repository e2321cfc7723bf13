import type { SESv2Client } from "@aws-sdk/client-sesv2";

/** How long a management call may take in ms, with all its tries and the pauses between them. */
const longest = 25_000;

/** A client whose calls are broken off after so long, so that a call can hold up nothing for ever. */
export function limited(client: SESv2Client, ms = longest): SESv2Client {
  const timed = Object.create(client) as SESv2Client;
  timed.send = ((command: Parameters<SESv2Client["send"]>[0]) =>
    client.send(command, { abortSignal: AbortSignal.timeout(ms) })) as SESv2Client["send"];
  return timed;
}

/** Awaits a call that makes something. @returns false when it was there already. */
export const once = (call: Promise<unknown>): Promise<boolean> => unless("AlreadyExistsException", call);

/** Awaits a call that removes or reads something. @returns false when there is no such thing. */
export const gone = (call: Promise<unknown>): Promise<boolean> => unless("NotFoundException", call);

async function unless(name: string, call: Promise<unknown>): Promise<boolean> {
  try {
    await call;
    return true;
  } catch (error) {
    if (error instanceof Error && error.name === name) return false;
    throw error;
  }
}
