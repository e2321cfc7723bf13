import { measured } from "@posthouse/aws/measured";
import { runtime } from "@posthouse/aws/runtime";
import { consume } from "@posthouse/aws/sqs-event";
import { run } from "@posthouse/core/webhook/batch";

/** SQS → webhook deliveries. */
export const handler = measured(
  "deliver",
  consume((jobs) => run(runtime(), jobs)),
);
