/**
 * What marks mail that this installation has made (R-IN): the root domain stands there in automatic answers, the default
 * domain of the database in notifications of a thread.
 */
export const loopTag = "X-Posthouse-Loop";
