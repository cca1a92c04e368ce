/** In a list of numbers none of which is negative: something was here and has left. */
export const GAP = -1;
