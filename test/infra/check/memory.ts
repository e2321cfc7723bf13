import { functions } from "../stack.ts";
import type { Check } from "./check.ts";

/** Megabytes that a function needs at least, as measured: mail of 40 MB and its parts take 312, and half as much again for room. */
const least: Readonly<Record<string, number>> = {
  api: 512,
  dispatch: 512,
  inbound: 512,
  incoming: 512,
  tick: 512,
  deliver: 256,
  feedback: 256,
  provision: 256,
};

/** Every function has the memory that the largest mail takes. */
export const memory: Check = ({ stack }) =>
  functions(stack)
    .filter(
      ({ file, resource }) => !(Number(resource.inputs["memorySize"]) >= (least[file] ?? Number.POSITIVE_INFINITY)),
    )
    .map(
      ({ name, file, resource }) => `${name} has ${String(resource.inputs["memorySize"])} MB and needs ${least[file]}`,
    );
