import type { Bounce } from "../ports/bouncer.ts";
import type { Asked } from "./answer.ts";

/** What a sender is told, and what his mail server is. */
export interface Words {
  readonly text: string;
  readonly type: Bounce["reason"];
  /** RFC 3463. */
  readonly status: string;
}

/** Longest text, in characters. */
const longest = 2_000;

/** The words of an automatic answer: the alias's own for who is refused, where it has any. No control characters but line ends. */
export function words({ reason, address, text }: Pick<Asked, "reason" | "address" | "text">): Words {
  if (reason === "no_such_address")
    return {
      type: "DoesNotExist",
      status: "5.1.1",
      text: `Your message was not delivered: there is no address ${address}, or it takes answers only. If you answered a message, please answer it once more and leave the address as it is; otherwise write to another address.`,
    };
  if (reason === "loop")
    return {
      type: "Undefined",
      status: "5.4.6",
      text: `Your message to ${address} was not delivered: too many came from your address in a short time, as from a program that answers itself. Please try again in two hours. You are told this once.`,
    };
  return {
    type: "ContentRejected",
    status: "5.7.1",
    text:
      clean(text ?? "") ||
      `Your message was not delivered: ${address} takes messages only from people it knows. Please write from the address you are known by, or get in touch in another way.`,
  };
}

const clean = (text: string): string =>
  text
    .replace(/\r\n?/g, "\n")
    .replace(/[^\P{Cc}\n]+/gu, " ")
    .trim()
    .slice(0, longest)
    .toWellFormed();
