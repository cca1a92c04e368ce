/**
 * What a proxy and a log collector want to know of a Docker Swarm, at once and without polling. `npx tsx
 * examples/swarm/main.ts [unix:///run/docker/swarm/control.sock] [root certificate]` prints lines of JSON: the table of
 * a reverse proxy whenever it changes, and every event of a task.
 */
import { TaskState, byServiceId, enumName } from 'swarmstate';
import type { ReadTx, Service } from 'swarmstate';
import { followSwarm } from 'swarmstate/swarm';
import type { Swarm } from 'swarmstate/swarm';

const [target, ca] = process.argv.slice(2);

/** The addresses of the tasks that run, by the name of their service. */
type ProxyTable = Readonly<Record<string, readonly string[]>>;

function addressesOf(tx: ReadTx, { id }: Service): string[] {
  return tx.tasks
    .find(byServiceId(id))
    .filter(({ status, desiredState }) => status.state === TaskState.RUNNING && desiredState === TaskState.RUNNING)
    .flatMap(({ networks }) => networks.flatMap(({ addresses }) => addresses))
    .map((address) => address.replace(/\/\d+$/, ''))
    .sort();
}

function proxyTable({ store }: Swarm): ProxyTable {
  return store.view((tx) => {
    const services = store
      .save(tx)
      .services.map((service) => [service.spec.annotations.name, addressesOf(tx, service)]);
    return Object.fromEntries(services) as ProxyTable;
  });
}

function print(line: Readonly<Record<string, unknown>>): void {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

const stop = new AbortController();
process.once('SIGINT', () => stop.abort());
process.once('SIGTERM', () => stop.abort());

const swarm = await followSwarm(target, { ...(ca === undefined ? {} : { ca }), signal: stop.signal });
swarm.on('status', ({ status, reason }) =>
  print({ status, ...(reason instanceof Error ? { reason: reason.message } : {}) }),
);

let shown = '';
function printTable(): void {
  const table = proxyTable(swarm);
  if (JSON.stringify(table) === shown) return;
  shown = JSON.stringify(table);
  print({ table });
}

const watcher = swarm.store.watch({ events: [{ kind: 'task' }, { kind: 'service' }] });
printTable();
for await (const { events } of watcher.commits()) {
  for (const { action, kind, object } of events) {
    if (kind !== 'task') continue;
    const { id, serviceId, slot, nodeId, status } = object;
    print({ task: id, action, state: enumName(TaskState, status.state), serviceId, slot, nodeId, err: status.err });
  }
  printTable();
}
