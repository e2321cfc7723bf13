import type { Clock } from "../ports/clock.ts";
import type { Provider } from "../ports/provider.ts";

/** The time of an order is up: what is left of it is done when it comes again. */
export class Late extends Error {
  override readonly name = "Late";
}

/** The provider up to a moment (ms): no call is begun after it. Those under way end by themselves. */
export const until = (provider: Provider, { now }: Pick<Clock, "now">, moment: number): Provider =>
  new Proxy(provider, {
    get: (target, name) => {
      const value: unknown = Reflect.get(target, name);
      if (typeof value !== "function") return value;
      return async (...args: unknown[]): Promise<unknown> => {
        if (now() >= moment) throw new Late("the time of this order is up: it is done when it comes again");
        return Reflect.apply(value, target, args);
      };
    },
  });
