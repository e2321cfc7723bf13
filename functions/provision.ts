import { measured } from "@posthouse/aws/measured";
import { runtime } from "@posthouse/aws/runtime";
import { consume } from "@posthouse/aws/sqs-event";
import { run } from "@posthouse/core/database/provision";

/** SQS → what a new database needs at SES. */
export const handler = measured(
  "provision",
  consume((jobs) => run(runtime(), jobs)),
);
