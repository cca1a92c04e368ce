/**
 * A test kit for programs that use the store: a proposer with faults, a recorder that checks the stream of events, and
 * a slow model of the store.
 *
 * @module swarmstate/testing
 */
export { FaultyProposer } from './testing/faulty-proposer.ts';
export type { FaultyProposerOptions } from './testing/faulty-proposer.ts';
export { FAULTS } from './testing/faults.ts';
export type { Fault, FaultRates, ProposalResult, TracedProposal } from './testing/faults.ts';
export { SharedLog } from './testing/shared-log.ts';
export type { SharedLogOptions } from './testing/shared-log.ts';
export { recordEvents } from './testing/event-recorder.ts';
export type { EventRecorder, RecordOptions } from './testing/event-recorder.ts';
export { ModelStore } from './testing/model/model-store.ts';
export type { ModelBatch } from './testing/model/model-store.ts';
export type { ModelTable, ModelTx } from './testing/model/model-tx.ts';
export type { Contents } from './testing/model/contents.ts';
export { ModelWatcher } from './testing/model/model-watcher.ts';
export type { ModelEnd, ModelSelector } from './testing/model/model-watcher.ts';
export type { EnumFinder, Query, TextFinder } from './testing/model/query.ts';
export { FaultyKvStore } from './testing/kv/faulty-store.ts';
export type { FaultyKvStoreOptions, KvFault } from './testing/kv/faulty-store.ts';
export { FaultyServer, faultyServer } from './testing/faulty-server.ts';
export type { ConnectionFault, ConnectionFaultKind, FaultyServerOptions } from './testing/faulty-server.ts';
export { checkHistory } from './testing/history/check-history.ts';
export { HistoryRecorder } from './testing/history/history-recorder.ts';
export type { RecordedTransaction } from './testing/history/history-recorder.ts';
export type {
  Anomaly,
  AnomalyName,
  FinalLists,
  History,
  HistoryOperation,
  HistoryOutcome,
  HistoryTransaction,
} from './testing/history/history.ts';
