import { measured } from "@posthouse/aws/measured";
import { runtime } from "@posthouse/aws/runtime";
import { consume } from "@posthouse/aws/sqs-event";
import { run } from "@posthouse/core/incoming/batch";

/** SQS → mail is fetched from mailboxes elsewhere (R-IN-8). */
export const handler = measured(
  "incoming",
  consume((jobs) => run(runtime(), jobs)),
);
