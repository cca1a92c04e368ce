/**
 * A store in this process, a control loop in another one that is killed and starts again, and a page that shows both:
 * `npx tsx examples/remote/main.ts [PORT]`. Without a port, it ends when all tasks have a node.
 */
import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { MemoryStore, byNodeId } from 'swarmstate';
import { serveSwarm } from 'swarmstate/remote';
import { serveEvents } from 'swarmstate/remote/events';
import type { Assignment } from './loop.ts';
import { page } from './page.ts';

const TASKS = 20;
const port = process.argv[2];
const folder = mkdtempSync(join(tmpdir(), 'swarmstate-example-'));
const store = new MemoryStore({ history: 1000 });
const server = await serveSwarm(store, { listen: `unix://${join(folder, 'store.sock')}` });
const events = serveEvents(store, { authorize: () => true, tables: ['task'] });
const web = createServer((request, response) => {
  if (request.url?.startsWith('/events') === true) void events(request, response);
  else response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end(page);
}).listen(Number(port ?? 0), '127.0.0.1');

await store.update((tx) => {
  for (const id of ['node-1', 'node-2']) tx.nodes.create({ id });
  for (let n = 0; n < TASKS; n++) tx.tasks.create({ id: `task-${n}` });
});

let loop: ChildProcess | undefined;
let assigned = 0;
/** Resolves when every task has a node. */
await new Promise<void>((resolve) => {
  const start = (): void => {
    loop = fork(fileURLToPath(new URL('loop.ts', import.meta.url)), [server.address]);
    loop.on('message', ({ taskId, nodeId }: Assignment) => {
      void store
        .update((tx) => {
          const { nodeId: before } = tx.tasks.get(taskId) ?? {};
          if (before !== '') return false;
          tx.tasks.modify(taskId, (draft) => {
            draft.nodeId = nodeId;
          });
          return true;
        })
        .then((changed) => {
          if (!changed) return;
          assigned += 1;
          // In the middle of the work, the loop dies. Its successor goes on with the contents as they are.
          if (assigned === TASKS / 2) loop?.kill('SIGKILL');
          if (assigned === TASKS) resolve();
        });
    });
    loop.once('exit', (_code, signal) => {
      if (signal !== 'SIGKILL') return;
      console.log(`The loop was killed after ${assigned} tasks; another one starts.`);
      start();
    });
  };
  start();
});

const counts = store.view((tx) => ['node-1', 'node-2'].map((id) => tx.tasks.count(byNodeId(id))));
console.log(`All tasks have a node: ${counts.join(' and ')}.`);
if (port === undefined) {
  loop?.disconnect();
  events.close();
  web.close();
  await server.close();
  await store.close();
  rmSync(folder, { recursive: true, force: true });
} else console.log(`http://127.0.0.1:${port}/ shows them.`);
