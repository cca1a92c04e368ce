/**
 * The number of the schema of swarmkit's objects that this release knows. The number rises with each change of `proto/`
 * that a release before would drop. A member with a smaller number than an entry stops before it applies the entry.
 */
export const SCHEMA = 1;

/** The format of everything below a prefix. */
export const FORMAT = 1;
