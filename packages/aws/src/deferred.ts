/** Names of a port's methods; all of them are asynchronous. */
type Methods<T> = { readonly [K in keyof T]: T[K] extends (...args: never[]) => Promise<unknown> ? true : never };

/**
 * A port whose code is loaded at its first call. A function that never needs it (the API sends no mail, and seldom
 * opens a secret) neither pays for its SDK client at its start nor, where the bundler splits, ever reads it.
 */
export function deferred<T extends object>(methods: Methods<T>, load: () => Promise<T>): T {
  let loading: Promise<T> | undefined;
  const method =
    (name: keyof T) =>
    async (...args: never[]): Promise<unknown> => {
      loading ??= load().catch((error: unknown) => {
        loading = undefined;
        throw error;
      });
      const port = await loading;
      return (port[name] as (...args: never[]) => Promise<unknown>)(...args);
    };
  return Object.fromEntries(Object.keys(methods).map((name) => [name, method(name as keyof T)])) as T;
}
