import * as Alias from "../alias/find.ts";
import type { Version } from "../database/version.ts";
import { purposes } from "../domain/received.ts";
import type { Ports } from "../ports/main.ts";
import * as Follower from "../thread/follower.ts";
import type { ThreadRecord } from "../thread/record.ts";
import { isKnown } from "./acceptance.ts";
import type { Home, Letter } from "./copy.ts";
import * as Sender from "./sender.ts";

type Of = Pick<Letter, "mail" | "receipt" | "authentication">;

/**
 * Whoever wrote the mail that made a record follows it, and so is told of what is answered (R-IN-3): one whose domain
 * vouches for the mail, or whom the database knows. Else anybody could have us write to whomever they name as its author.
 */
export async function follow(
  ports: Pick<Ports, "store" | "clock" | "random">,
  version: Version,
  letter: Of,
  { loaded, former, names }: Home,
  { database, id }: ThreadRecord,
): Promise<void> {
  const author = Sender.authorOf(letter);
  if (!author || Sender.isAutomatic(letter)) return;
  const purposeOf = purposes(loaded, former);
  const aliases = await Alias.among(ports, database, [author.address]);
  const isOwn = (address: string) => purposeOf(address) !== null || aliases.has(address);
  if (!Sender.mayFollow(author, names.fallback, isOwn)) return;
  if ((await isTrue(letter)) || (await isKnown(ports, version, author.address)))
    await Follower.put(ports, database, id, author);
}

/** Whether the author of a mail is no forged one, as far as anybody can tell. */
export async function isTrue({ receipt, mail, authentication }: Of): Promise<boolean> {
  // The list of public suffixes it needs is large
  const { isProved } = await import("./vouched.ts");
  return isProved({ receipt, mail, authentication: await authentication() });
}
