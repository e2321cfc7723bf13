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
