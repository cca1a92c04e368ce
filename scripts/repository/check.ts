/** One thing that has to hold for the whole repository. */
export interface Check {
  /** What `npm run check -- NAME` takes. */
  readonly name: string;
  /** What it looks at, in a few words. */
  readonly about: string;
  /** Resolves to what is wrong, each with its place (`file:line`) and the way out; to nothing when all is well. */
  run(): Promise<readonly string[]>;
}
