import { isSealed, secrets } from "../stack.ts";
import type { Check } from "./check.ts";

/** Secrets are in Pulumi's envelopes only, and never in the environment of a function, where the console shows them. */
export const secret: Check = ({ stack }) => [
  ...stack.sealed.filter(({ inputs }) => shows(inputs)).map(({ name }) => `a secret can be read in ${name}`),
  ...stack.resources
    .filter(({ type, inputs }) => type === "aws:lambda/function:Function" && shows(inputs))
    .map(({ name }) => `a secret is in the environment of ${name}`),
];

function shows(value: unknown): boolean {
  if (typeof value === "string") return Object.values(secrets).some((one) => value.includes(one));
  if (typeof value !== "object" || value === null || isSealed(value)) return false;
  return Object.values(value).some(shows);
}
