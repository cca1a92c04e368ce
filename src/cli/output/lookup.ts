import { byNodeId, byServiceId } from '../../model/find/finders.ts';
import type { ReadTx } from '../../store/transaction/tx.ts';
import { TaskState } from '../../wire/generated/enums.ts';
import type { Kind } from '../../wire/generated/kinds.ts';
import type { Service } from '../../wire/generated/service.ts';
import type { Int64 } from '../../wire/values/types.ts';
import { objectName } from '../query/object-name.ts';

/** The data that a cell shows besides the fields of its object. */
export class Lookup {
  /** Milliseconds since 1970. */
  readonly now: number;
  /** True where ids are shown whole. */
  readonly whole: boolean;
  readonly #tx: ReadTx;

  constructor(tx: ReadTx, now: number, whole: boolean) {
    this.#tx = tx;
    this.now = now;
    this.whole = whole;
  }

  /** The name of another object; its id where it is gone or has no name. */
  nameOf(kind: Kind, id: string): string {
    if (id === '') return '';
    const object = this.#tx.table(kind).get(id);
    const name = object === undefined ? '' : objectName(kind, object);
    return name === '' ? this.id(id) : name;
  }

  /** An id as Docker shows it: its first twelve characters. */
  id(id: string): string {
    return this.whole ? id : id.slice(0, 12);
  }

  /** How many of a service's tasks run, and how many are wanted. */
  replicas(service: Service): { readonly running: number; readonly wanted: Int64 } {
    let running = 0;
    let desired = 0;
    for (const { desiredState, status } of this.#tx.tasks.find(byServiceId(service.id))) {
      if (status.state === TaskState.RUNNING && desiredState <= TaskState.RUNNING) running += 1;
      if (desiredState <= TaskState.COMPLETE) desired += 1;
    }
    const { replicated, replicatedJob } = service.spec;
    return { running, wanted: replicated?.replicas ?? replicatedJob?.totalCompletions ?? desired };
  }

  /** The number of tasks on a node that should run. */
  tasksOn(nodeId: string): number {
    return this.#tx.tasks.find(byNodeId(nodeId)).filter(({ desiredState }) => desiredState <= TaskState.RUNNING).length;
  }
}
