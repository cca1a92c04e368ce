/**
 * Contents of a store in a file that is complete at every moment.
 *
 * @module swarmstate/files
 */
export { restoreFromFile } from './files/restore-from-file.ts';
export type { RestorableStore } from './files/restore-from-file.ts';
export { saveToFile } from './files/save-to-file.ts';
export type { SavableStore } from './files/save-to-file.ts';
