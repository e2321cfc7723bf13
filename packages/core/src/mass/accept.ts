import { acceptMade, type BatchAccepted, type Make } from "../batch/accept.ts";
import { outlines } from "../batch/each.ts";
import type { Version } from "../database/version.ts";
import type { Accepted, SendRequest } from "../email/request.ts";
import { AppError } from "../error.ts";
import type { Idempotency } from "../idempotency/claim.ts";
import type { Ports } from "../ports/main.ts";
import * as Recipients from "./recipients.ts";

/**
 * Accepts mass mail to several as one email for each of them (R-KIND-3): checked and routed once, its body stored once, and
 * committed as a batch is. All of them are accepted, or none (R-LIM-3); with `on_limit: hold` those wait that the daily
 * limit has no room for (R-LIM-4). Whoever is suppressed or has opted out gets an email that ends so and counts nowhere;
 * for an address that is none, or there twice, none is made.
 * @throws AppError as `accept` does for a single email.
 */
export async function acceptEach(
  ports: Ports,
  version: Version,
  request: SendRequest,
  key?: Idempotency,
): Promise<Accepted> {
  try {
    return answerOf(await acceptMade(ports, version, maker(ports, version, request), false, key));
  } catch (error) {
    // One mail for which there is no room is all of this request, not an entry of it
    if (error instanceof AppError && error.details?.["index"] !== undefined && error.cause instanceof AppError)
      throw error.cause;
    throw error;
  }
}

function maker(ports: Ports, version: Version, request: SendRequest): Make {
  return async (loaded, batch) => {
    const { each, left } = Recipients.read(request);
    return { outlined: await outlines(ports, version, loaded, request, batch, each), refusals: [], left };
  };
}

function answerOf({ accepted, left = [] }: BatchAccepted): Accepted {
  const [first] = accepted;
  if (!first) throw new Error("a mass mail was accepted for nobody");
  const suppressed = [...accepted.flatMap((each) => each.suppressed), ...left];
  return { ...first, suppressed, ids: accepted.map(({ id }) => id) };
}
