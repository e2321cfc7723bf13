import { runtime } from "@posthouse/aws/runtime";
import { tick } from "@posthouse/core/tick/run";

/** Every minute → what is due is released. */
export const handler = (): Promise<void> => tick(runtime());
