/** One machine: registers itself, and leaves in order when its standard input ends. Started by main.ts. */
import { createStore, register } from 'swarmstate/kv';

const [name = 'machine', backend = 'memory', ...endpoints] = process.argv.slice(2);

const kv = await createStore(backend, endpoints);
const registration = await register(kv, 'machines', name, `process ${process.pid}`, { ttl: 1500 });
registration.lost.addEventListener('abort', () => {
  console.error(`${name} is not listed any more`);
  process.exit(1);
});
for await (const _ of process.stdin) continue;
await registration.unregister();
await kv.close();
