import { isStoreError } from 'swarmstate';
import type { FinderDescription, Kind, KindInputs, Kinds } from 'swarmstate';
import type { Operation, Step } from './random-programs.ts';

/** What a write callback of the store and one of the model have in common. */
export interface TransactionPort {
  table(kind: Kind): {
    create(input: KindInputs[Kind]): Kinds[Kind];
    update(input: KindInputs[Kind]): Kinds[Kind];
    modify(id: string, recipe: (draft: object) => void): Kinds[Kind];
    delete(id: string): void;
    get(id: string): Kinds[Kind] | undefined;
  };
  find(kind: Kind, query: FinderDescription): readonly Kinds[Kind][];
}

/** What a call gave: its value, or the code and data of its error. */
export type Outcome = { readonly value: unknown } | { readonly error: unknown };

/** What a step throws that fails: no error at all, as anything can be thrown. */
export const stepFailure = 'the step fails';

/** An error as it is compared: the code and data of the package's own, everything else as it is. */
export function comparable(error: unknown): unknown {
  // Of errors, message and stack are not enumerable.
  return isStoreError(error) ? { ...error } : error;
}

/** Runs a step, and writes down what each of its calls gave. Throws as a callback would. */
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

/** A recipe that edits in place, whatever it is given. */
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
