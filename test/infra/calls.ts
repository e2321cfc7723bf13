import { actions, commands, ports } from "./commands.ts";
import { uses } from "./handed.ts";
import type { Bundle } from "./source.ts";

/** What the code of a function may ask of AWS. */
export interface Calls {
  /** Actions of IAM, those on queues aside. */
  readonly actions: ReadonlySet<string>;
  /** Queues it sends to, and those it asks for their length, as code knows them. */
  readonly sends: ReadonlySet<string>;
  readonly measures: ReadonlySet<string>;
  /** Whether it looks at whatever queue there is, dead letters too, as the doctor does. */
  readonly inspects: boolean;
}

/** Every name a queue has in core's port. */
const every = ["dispatch", "mass", "external", "provision", "webhook", "incoming"] as const;
const queueNames = new RegExp(`"(${every.join("|")})"`, "g");

/** Code that is handed ports; `packages/aws` makes them. */
const handed = /^(?:packages\/(?:core|api)|functions)\//;

/**
 * Reads from the text of a bundle what its core, its API and its function do with ports, and what they ask of the SDK past
 * them. A port that goes where it cannot be followed counts for all that it can do: too much is found, never too little.
 */
export function calls({ modules }: Bundle): Calls {
  const texts = [...modules].flatMap(([module, text]) => (handed.test(module) ? text : []));
  const used = new Set(ports.flatMap((port) => texts.flatMap((text) => methods(text, port, texts))));
  const sends = new Set(texts.flatMap((text) => queues(text, "send")));
  const measures = new Set(texts.flatMap((text) => queues(text, "depth")));
  const measuresAny = texts.some((text) => /\bqueue\d*\??\.depth\b/.test(text) && queues(text, "depth").length === 0);
  const sdk = texts.flatMap((text) => [...text.matchAll(/\bnew (\w+Command)\(/g)].map(([, name]) => name ?? ""));
  const needed = [...[...used].flatMap((method) => commands[method] ?? []), ...sdk].flatMap(actions);
  return {
    actions: new Set(needed.filter((action) => !action.startsWith("sqs:"))),
    sends,
    inspects: used.has("inspector.queue"),
    // One that is asked for by a name of elsewhere may be any that something is sent to
    measures: measuresAny ? new Set([...measures, ...sends]) : measures,
  };
}

/** The methods of a port that a text calls, hands on, or lets others call. */
function methods(text: string, port: string, all: readonly string[]): string[] {
  const { methods: found, isLost } = uses(text, port, all);
  return Object.keys(commands).filter((one) => {
    const [of, method = ""] = one.split(".");
    return of === port && (isLost || found.has(method));
  });
}

/** The queues that a text names to `send` or `depth`; where it computes the name, all that it has as text. */
function queues(text: string, method: "send" | "depth"): string[] {
  const args = [...text.matchAll(new RegExp(`\\bqueue\\d*\\??\\.${method}\\(\\s*([^,)]+)`, "g"))].map(
    ([, arg]) => arg ?? "",
  );
  const names = (of: string) => [...of.matchAll(queueNames)].map(([, name]) => name ?? "");
  const named = args.flatMap((arg) => (names(arg).length > 0 ? names(arg) : names(text)));
  const isCalled = new RegExp(`\\bqueue\\d*\\??\\.${method}\\(`).test(text);
  const isTaken = !isCalled && methods(text, "queue", [text]).includes(`queue.${method}`);
  // Taken without being called here: nobody sees with which name
  return isTaken && method === "send" ? [...every] : named;
}
