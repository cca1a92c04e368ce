/** Stands in a list where an entry has left: a row number in a bucket, a value in a leaf. No entry is negative. */
export const GAP = -1;
export type Gap = typeof GAP;
