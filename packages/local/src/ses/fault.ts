/** What goes wrong with one call, in this order: it waits, then its connection drops or it is answered with an error. */
export interface Fault {
  /** Milliseconds. */
  delay?: number;
  /** True: the connection is closed without an answer. */
  drop?: boolean;
  /** Any exception: its name, its HTTP status, its message. */
  error?: { name: string; status: number; message?: string };
}

/** The mail a hook sees: bare addresses, tags by name. */
export interface Submission {
  from: string;
  recipients: string[];
  tenant: string | null;
  tags: Record<string, string>;
}

/**
 * Called for every valid SendEmail, `before` it is accepted (a fault there means: not sent) and `after` (a fault
 * there means: sent, and its events come, but the caller never learns it).
 */
export type Hook = (
  moment: "before" | "after",
  mail: Submission,
) => Fault | undefined | void | Promise<Fault | undefined | void>;

/** Thrown to have the connection closed without an answer. */
export class Dropped extends Error {}

/** Thrown to answer with an exception of any name and status. */
export class Injected extends Error {
  override readonly name: string;
  readonly status: number;

  constructor(error: NonNullable<Fault["error"]>) {
    super(error.message ?? "Injected fault.");
    this.name = error.name;
    this.status = error.status;
  }
}

/** Asks the hook and lets its fault happen. */
export async function strike(hook: Hook | undefined, moment: "before" | "after", mail: Submission): Promise<void> {
  const fault = await hook?.(moment, mail);
  if (!fault) return;
  if (fault.delay) await new Promise((resolve) => setTimeout(resolve, fault.delay));
  if (fault.drop) throw new Dropped();
  if (fault.error) throw new Injected(fault.error);
}
