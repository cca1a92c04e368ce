import { makePageFiles } from '../build/page-files.ts';
import { serveInspectorWith } from '../../src/inspect/serve/serve-inspector.ts';
import { MadeUpCluster } from './cluster.ts';
import { writeFileSync } from 'node:fs';
const t0 = Date.now();
const list = await makePageFiles();
console.log('bundle', Date.now() - t0, 'ms', list.map(({ name, brotli }) => `${name} ${brotli.length * 0.75}`).join());
const cluster = new MadeUpCluster({
  nodes: Number(process.env['NODES'] ?? 12),
  tasks: Number(process.env['TASKS'] ?? 300),
});
await cluster.fill();
await cluster.change(20);
const server = await serveInspectorWith(list, cluster.store, { port: 7711, title: 'demo cluster' });
writeFileSync('/tmp/uiexp/url', server.url);
console.log(server.url);
setInterval(() => void cluster.change(Number(process.env['CHANGES'] ?? 5)), 500);
setInterval(() => writeFileSync('/tmp/uiexp/url', server.newLink()), 500);
