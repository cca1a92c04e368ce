import { MemoryStore, TaskState } from 'swarmstate';

const states = [TaskState.PENDING, TaskState.ASSIGNED, TaskState.STARTING, TaskState.RUNNING, TaskState.FAILED];

/** A store with `rows` tasks, of 100 services on 50 nodes. */
export async function storeOf(rows: number): Promise<MemoryStore> {
  const store = new MemoryStore({ history: 0 });
  await store.update((tx) => {
    for (let n = 0; n < rows; n++) {
      const container = { image: `registry.example/app:${n % 20}`, env: ['A=1', 'B=2'] };
      tx.tasks.create({
        id: `task-${n}`,
        slot: n,
        serviceId: `service-${n % 100}`,
        nodeId: `node-${n % 50}`,
        spec: { container },
      });
    }
  });
  return store;
}

/** Makes one commit: `changes` of the tasks get another state, node and message. */
export function changeTasks(store: MemoryStore, rows: number, changes: number, commit: number): Promise<void> {
  return store.update((tx) => {
    for (let n = 0; n < changes; n++) {
      tx.tasks.modify(`task-${(commit * changes + n * 7) % rows}`, (draft) => {
        draft.status.state = states[(commit + n) % states.length] ?? TaskState.PENDING;
        draft.nodeId = `node-${(commit + n) % 50}`;
        draft.status.message = `commit ${commit}`;
      });
    }
  });
}
