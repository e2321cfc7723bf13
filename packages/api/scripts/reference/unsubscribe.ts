import type { Route } from "./route.ts";

const pages = { 404: "A page that says that the link is not valid: changed, cut off, or of a database that is gone." };
const shared = {
  path: "/u/{token}",
  tag: "Service",
  auth: "none",
  answer: "text/html",
  errors: ["limit_unavailable", "internal_server_error"],
} as const;

/** Where List-Unsubscribe leads: for recipients and their mailbox providers. */
export const unsubscribe: readonly Route[] = [
  {
    ...shared,
    method: "get",
    summary: "Ask a recipient whether to unsubscribe",
    description: "A page with a form, in the reader's language (English, German, French, Spanish). Changes nothing.",
    pages,
  },
  {
    ...shared,
    method: "post",
    summary: "Unsubscribe a recipient",
    description:
      "One click (RFC 8058): `List-Unsubscribe=One-Click`, urlencoded or as multipart/form-data, puts the recipient on the database's opt-outs at once, as often as it comes. The page it answers has a form that undoes it.",
    bodyType: "application/x-www-form-urlencoded",
    pages: { ...pages, 400: "A page that says that the body asks for nothing that is known here." },
  },
];
