import { functions, part } from "../stack.ts";
import type { Check } from "./check.ts";

/** Every function is traced: Lambda takes its samples of those that are Active, and of no others. */
export const trace: Check = ({ stack }) =>
  functions(stack)
    .filter(({ resource }) => part(resource.inputs, "tracingConfig")["mode"] !== "Active")
    .map(({ name }) => `${name} is not traced`);
