/**
 * Followers in a process of their own, so that their work is not the server's. `{ port, followers }` connects them;
 * each reads and counts bytes. `'bytes'` asks for the sum.
 */
import { get } from 'node:http';

let bytes = 0;
let ready = 0;

process.on('message', (message: { readonly port: number; readonly followers: number } | 'bytes') => {
  if (message === 'bytes') {
    process.send?.(bytes);
    return;
  }
  const { port, followers } = message;
  for (let number = 0; number < followers; number += 1) {
    get({ port, path: '/events?tables=task', agent: false }, (response) => {
      let begun = false;
      response.on('data', (part: Buffer) => {
        bytes += part.length;
        if (begun) return;
        begun = true;
        ready += 1;
        if (ready === followers) process.send?.('connected');
      });
      response.on('error', () => undefined);
    }).on('error', (error) => {
      throw error;
    });
  }
});
process.on('disconnect', () => process.exit(0));
