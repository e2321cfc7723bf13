/** What an answer of the API can carry of a mail, in bytes: an answer is of 6 MB at most, and has it in base64. */
export const inAnswer = 4_400_000;

/** How long a link to a mail that is larger is good, in seconds. */
export const linkSeconds = 300;
