import { measured } from "@posthouse/aws/measured";
import { runtime } from "@posthouse/aws/runtime";
import { tick } from "@posthouse/core/tick/run";

/** Every minute → what is due is released. */
export const handler = measured("tick", (): Promise<void> => tick(runtime()));
