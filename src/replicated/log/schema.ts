/**
 * The newest schema that this release knows. The number rises with each change of `proto/` that a release before would
 * drop. A member with a smaller number than an entry stops before it applies the entry.
 */
export const SCHEMA = 2;

/** The schema of entries and snapshots without terms, which releases before terms apply too. */
const WITHOUT_TERMS = 1;

/** The schema of an entry or a snapshot. */
export function schemaOf(hasTerms: boolean): number {
  return hasTerms ? SCHEMA : WITHOUT_TERMS;
}

/** The format of everything below a prefix. */
export const FORMAT = 1;
