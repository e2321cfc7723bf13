import { maximum } from "@posthouse/core/batch/record";
import * as z from "zod";
import * as Email from "./email.ts";

/** `POST /v1/emails/batch`, as it is documented. */
export const send = z.array(Email.send).min(1).max(maximum).meta({ id: "SendBatch" });

/** The same as it is checked first: what is wrong with one entry is said of that entry. */
export const entries = z.array(z.unknown()).min(1).max(maximum);

/** The header `x-batch-validation`. */
export const mode = z.enum(["strict", "permissive"]);
