declare const brand: unique symbol;

/**
 * Addresses a row in the columns of its table: a small integer, which the row has while the table or an open snapshot
 * has the row. Row numbers that became free are used again.
 */
export type RowNumber = number & { readonly [brand]: 'row' };

/** Negative, zero or positive, as `Array.prototype.sort` wants it. */
export type CompareRows = (a: RowNumber, b: RowNumber) => number;
