import { measured } from "@posthouse/aws/measured";
import { runtime } from "@posthouse/aws/runtime";
import { consume } from "@posthouse/aws/sqs-event";
import { run } from "@posthouse/core/dispatch/batch";

/** SQS (dispatch, mass and external queues) → what waits is sent. */
export const handler = measured(
  "dispatch",
  consume((jobs) => run(runtime(), jobs)),
);
