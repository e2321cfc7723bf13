/** Titles as they stand in a file, of `it(`, `it.each(…)(`, `describe(` and `describe.each(…)(` at the start of a line. */
const calls = /^[ \t]*(?:it|describe)(?:\.each\b[\s\S]*?\))?\(\s*(["'`])((?:\\.|(?!\1)[^\\])*)\1/gm;

/** The titles of the tests and groups in the source of a test file; not what its comments and expectations say. */
export const titlesIn = (source: string): string[] =>
  [...source.matchAll(calls)].map(([, , title = ""]) => title.replaceAll('\\"', '"'));
