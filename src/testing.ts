/**
 * What tests of programs that use the store need: a proposer that misbehaves as it is told, a recorder that checks the stream of events, and a slow
 * model of the store.
 *
 * @packageDocumentation
 */
export { ModelStore } from './testing/model/model-store.ts';
export type { ModelBatch } from './testing/model/model-store.ts';
export type { ModelTable, ModelTx } from './testing/model/model-tx.ts';
export type { Contents } from './testing/model/contents.ts';
export { ModelWatcher } from './testing/model/model-watcher.ts';
export type { ModelEnd, ModelSelector } from './testing/model/model-watcher.ts';
export type { EnumFinder, Query, TextFinder } from './testing/model/query.ts';
