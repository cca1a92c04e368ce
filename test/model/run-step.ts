import { isStoreError } from 'swarmstate';
import type { FinderData, Kind, KindInputs, Kinds } from 'swarmstate';
import type { Operation, Step } from './random-programs.ts';

/** The common interface of a store's write transaction and a model's. */
export interface TransactionPort {
  table(kind: Kind): {
    create(input: KindInputs[Kind]): Kinds[Kind];
    update(input: KindInputs[Kind]): Kinds[Kind];
    modify(id: string, recipe: (draft: object) => void): Kinds[Kind];
    delete(id: string): void;
    get(id: string): Kinds[Kind] | undefined;
  };
  find(kind: Kind, query: FinderData): readonly Kinds[Kind][];
}

/** The result of a call: its value, or the code and data of its error. */
export type Outcome = { readonly value: unknown } | { readonly error: unknown };

/** The value that a failing step throws. No Error, because any value can be thrown. */
export const stepFailure = 'the step fails';

/** Makes errors comparable: the code and data of a StoreError, and other values as they are. */
export function comparable(error: unknown): unknown {
  // The message and the stack of an error are not enumerable.
  return isStoreError(error) ? { ...error } : error;
}

/** Runs a step and records the outcome of each call. Throws as a callback would. */
export function runStep(port: TransactionPort, step: Step, trace: Outcome[]): unknown {
  for (const operation of step.operations) {
    try {
      trace.push({ value: perform(port, operation) });
    } catch (error) {
      if (!isStoreError(error)) throw error;
      trace.push({ error: comparable(error) });
      if (!step.swallows) throw error;
    }
  }
  if (step.fails) throw stepFailure;
  return trace.length;
}

function perform(port: TransactionPort, operation: Operation): unknown {
  switch (operation.op) {
    case 'create':
      return port.table(operation.kind).create(operation.input);
    case 'update':
      return port.table(operation.kind).update(operation.input);
    case 'delete':
      port.table(operation.kind).delete(operation.id);
      return port.table(operation.kind).get(operation.id);
    case 'assign':
      return port.table(operation.kind).modify(operation.id, (draft) => Object.assign(draft, operation.values));
    case 'edit':
      return port.table(operation.kind).modify(operation.id, (draft) => {
        edit(draft, operation.key, operation.val);
      });
    case 'repeat': {
      const objects = Array.from({ length: operation.times }, (_, slot) =>
        port.table('task').update({ id: operation.id, slot }),
      );
      return objects.at(-1);
    }
    case 'find':
      return port.find(operation.question.kind, operation.question.query);
  }
}

interface AnyDraft {
  spec?: { annotations?: AnyAnnotations; networks?: { target: string }[]; data?: Uint8Array };
  annotations?: AnyAnnotations;
  logDriver?: object | undefined;
  meta: { version: { index: number } };
}

interface AnyAnnotations {
  labels: Record<string, string>;
  indices: { key: string; val: string }[];
}

/** A recipe that edits objects of any kind in place. */
function edit(draft: object, key: string, val: string): void {
  const any = draft as AnyDraft;
  const annotations = any.spec?.annotations ?? any.annotations;
  if (annotations === undefined) throw new Error('every object has annotations');
  annotations.labels[`__proto__${key}`] = val;
  annotations.labels['__proto__'] = key;
  if (val === '') delete annotations.labels['__proto__'];
  const last = annotations.indices.at(-1);
  if (annotations.indices.length > 1) annotations.indices.pop();
  else annotations.indices.push({ key, val });
  if (last !== undefined) last.val = val;
  any.spec?.networks?.push({ target: val });
  any.logDriver = undefined;
  const data = any.spec?.data;
  if (data !== undefined && data.length > 0) data[0] = (data[0] ?? 0) ^ 1;
  any.meta.version.index = 99;
}
