/** How SST bundles each function. In a file of its own: the tests of what is deployed build with the very same. */
export const nodejs = {
  // What a request seldom needs is loaded when it is needed: the cold start is of the rest
  splitting: true,
  minify: true,
  sourcemap: true,
} as const;

/** What Node is started with: the stack of an error names the source, not the bundle. */
export const nodeOptions = "--enable-source-maps";
