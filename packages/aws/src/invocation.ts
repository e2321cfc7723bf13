let current: string | undefined;

/** Notes the id that Lambda gave the invocation this process now works on; undefined outside Lambda. */
export function begin(id: string | undefined): void {
  current = id;
}

/** That id: Lambda's own lines have it as `requestId`. */
export const id = (): string | undefined => current;
