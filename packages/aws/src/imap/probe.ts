import { type ImapEndpoint, type ImapStep } from "@posthouse/core/ports/imap";
import { explain, secretsIn } from "./failure.ts";
import { dial, enter, type Link, quit, select } from "./link.ts";
import type { ImapOptions } from "./options.ts";

/** Ends a test at the step that failed. */
class Stopped extends Error {}

/** Tests a mailbox (R-SRV-5): the very way that polling goes, step by step, with what the server says. */
export async function probe(endpoint: ImapEndpoint, options: ImapOptions, within: number): Promise<ImapStep[]> {
  const until = performance.now() + within;
  const steps: ImapStep[] = [];
  const place: { link?: Link } = {};
  const run = async <T>(step: ImapStep["step"], act: () => Promise<T>, say: (result: T) => string): Promise<void> => {
    const start = performance.now();
    const note = (ok: boolean, reply: string, problem: ImapStep["class"]) =>
      steps.push({ step, ok, reply, class: problem, ms: Math.round(performance.now() - start) });
    try {
      note(true, say(await act()), null);
    } catch (error) {
      const { reply, problem } = place.link?.explain(error, step) ?? explain(error, step, secretsIn(endpoint));
      note(false, reply, problem);
      throw new Stopped();
    }
  };
  try {
    await walk(endpoint, options, until, place, run);
  } catch (error) {
    if (!(error instanceof Stopped)) throw error;
    place.link?.destroy();
  }
  return steps;
}

async function walk(
  endpoint: ImapEndpoint,
  options: ImapOptions,
  until: number,
  place: { link?: Link },
  run: <T>(step: ImapStep["step"], act: () => Promise<T>, say: (result: T) => string) => Promise<void>,
): Promise<void> {
  const { encryption, username } = endpoint;
  await run(
    "connect",
    async () => (place.link = await dial(endpoint, options, until)),
    () => "connected",
  );
  const { link } = place;
  if (!link) return;
  const secured = Promise.withResolvers<void>();
  const entered = enter(link, secured.resolve);
  // both steps await it, but one that never comes to must not make its failure an unhandled one
  entered.catch(() => undefined);
  await run(
    "tls",
    () => Promise.race([secured.promise, entered]),
    () =>
      encryption.endsWith("_strict")
        ? "encrypted; the certificate is valid for this host"
        : "encrypted; the certificate was not checked",
  );
  await run(
    "auth",
    () => entered,
    () => `logged in as ${username}`,
  );
  await run(
    "select",
    () => select(link, endpoint),
    ({ path, exists, readOnly }) => `${path}: ${exists} mails${readOnly === true ? ", read-only" : ""}`,
  );
  await quit(link);
}
