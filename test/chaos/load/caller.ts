import type { Planned } from "./mail.ts";

/** What a request was answered in the end. */
export interface Answered {
  readonly planned: Pick<Planned, "n" | "database">;
  /** 200, or 429 at the daily limit. */
  readonly status: number;
  /** The emails; none when it was refused. */
  readonly ids: readonly string[];
  /** Whether its cancelling was answered 200. */
  readonly canceled: boolean;
}

/** How a run's requests are made. */
export interface Caller {
  /** Asks until there is an answer, with the same Idempotency-Key. @throws Error for an answer nobody expects */
  send(planned: Planned): Promise<Answered>;
  /** Tries a failed email again on request, once, with a key. @returns whether there was anything to try */
  retry(database: string, id: string): Promise<boolean>;
  /** Requests that were made, and those without an answer or with a 5xx. */
  readonly counts: { made: number; failed: number };
}

/** An answer with its JSON. */
interface Answer {
  readonly status: number;
  readonly body: { readonly id?: string; readonly data?: readonly { readonly id: string }[]; readonly name?: string };
}

type Call = Pick<Planned, "path" | "type" | "content"> & { readonly database: string; readonly key?: string };

const patience_ms = 20_000;

/**
 * Calls the API with the operator's key, as a careful application does.
 * @param ended aborted when nobody will answer any more
 */
export function createCaller({ url, operator_key }: { url: string; operator_key: string }, ended: AbortSignal): Caller {
  const counts = { made: 0, failed: 0 };
  const post = async ({ path, type, content, database, key }: Call): Promise<Answer> => {
    const response = await fetch(`${url}${path}`, {
      method: "POST",
      headers: {
        authorization: `Bearer ${operator_key}`,
        "posthouse-database": database,
        "content-type": type,
        ...(key !== undefined && { "idempotency-key": key }),
      },
      body: content,
      signal: AbortSignal.timeout(patience_ms),
    });
    return { status: response.status, body: (await response.json()) as Answer["body"] };
  };
  const persist = async (call: Call, expected: readonly number[]): Promise<Answer> => {
    for (let wait = 50; ; wait = Math.min(wait * 2, 800)) {
      counts.made++;
      const answer = await post(call).catch(() => undefined);
      if (answer && expected.includes(answer.status) && !isBusy(answer)) return answer;
      if (answer && answer.status < 500 && !isBusy(answer))
        throw new Error(`${call.key ?? call.path}: ${answer.status} ${JSON.stringify(answer.body)}`);
      ended.throwIfAborted();
      counts.failed++;
      await new Promise((resolve) => setTimeout(resolve, wait));
    }
  };
  const send = (planned: Planned) => persist({ ...planned, key: `order-${planned.n}` }, [200, 429]);
  const cancel = async ({ database }: Planned, id: string): Promise<boolean> => {
    const path = `/v1/emails/${id}/cancel`;
    const answer = await persist({ path, type: "application/json", content: "{}", database }, [200, 409]);
    return answer.status === 200;
  };
  return {
    counts,
    async retry(database, id) {
      const path = `/v1/emails/${id}/retry`;
      const call = { path, type: "application/json", content: "{}", database, key: `again-${id}` } as const;
      return (await persist(call, [200, 409])).status === 200;
    },
    async send(planned) {
      const answers = await Promise.all([send(planned), ...(planned.twin ? [send(planned)] : [])]);
      const [ids = [], others = ids] = answers.map(idsOf);
      if (String(ids) !== String(others) && ids.length * others.length > 0)
        throw new Error(`request ${planned.n}: its key has two answers, ${ids.join()} and ${others.join()}`);
      const all = ids.length > 0 ? ids : others;
      const [id] = all;
      const canceled = planned.cancel && id !== undefined && (await cancel(planned, id));
      return { planned, status: all.length > 0 ? 200 : 429, ids: all, canceled };
    },
  };
}

/** The same key is being worked on: asked again in a moment. */
const isBusy = ({ body }: Answer): boolean => body.name === "concurrent_idempotent_requests";

const idsOf = ({ status, body }: Answer): string[] =>
  status === 200 ? (body.data ?? [{ id: String(body.id) }]).map(({ id }) => id) : [];
