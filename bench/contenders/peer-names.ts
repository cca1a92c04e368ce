/** The stores that users would pick instead; their packages are installed at the first run. */
export const peers: readonly string[] = ['lokijs', 'tinybase', 'nedb', 'better-sqlite3'];
