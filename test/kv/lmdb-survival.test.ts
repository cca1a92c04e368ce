import { mkdtempSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { createStore } from 'swarmstate/kv';
import { runProgram } from '../support/child-program.ts';

const folder = mkdtempSync(join(tmpdir(), 'swarmstate-kv-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const imports = `import { createStore, isKvError } from './src/kv.ts';
  import * as fs from 'node:fs';
  import { join } from 'node:path';
  const folder = ${JSON.stringify(folder)};`;

test('[Q50] close of lmdb during every kind of call leaves the process alive, and each call ends', async () => {
  const program = `${imports}
    const allowed = (error) => isKvError(error, 'ERR_KV_CLOSED') || isKvError(error, 'ERR_KV_OUTCOME_UNKNOWN') ||
      isKvError(error, 'ERR_KV_KEY_MODIFIED') || isKvError(error, 'ERR_KV_KEY_NOT_FOUND');
    const calls = (kv, pair) => [
      () => kv.get('a'), () => kv.exists('a'), () => kv.list(''), () => kv.put('b', 'x'),
      () => kv.put('b', 'x', { ttl: 1000, keepAlive: true }), () => kv.delete('a'), () => kv.deleteTree(''),
      () => kv.atomicPut('a', 'y', pair), () => kv.atomicDelete('a', pair),
      () => kv.transaction([], [{ type: 'put', key: 'c', value: new Uint8Array(1e6) }]),
      () => kv.watch('a').next(), () => kv.watchTree('').next(), () => kv.keepAlive(pair, { ttl: 3 }),
    ];
    for (let number = -1; number < 13; number++) {
      for (const turns of [0, 1, 2]) {
        const [kv, other] = [await createStore('lmdb', [join(folder, 'close')], { pollMs: 1 }), await createStore('lmdb', [join(folder, 'close')])];
        const pair = await kv.put('a', 'x', { ttl: 60_000 });
        // Watches that poll, and a renewal that is due, while the stores close.
        const watches = [kv.watch('a'), kv.watchTree('')];
        for (const watch of watches) await watch.next();
        const under = calls(kv, pair).filter((_, place) => number === -1 || place === number).map((call) => (async () => call())());
        const ended = Promise.allSettled([...under, ...watches.map((watch) => watch.next())]);
        for (let turn = 0; turn < turns; turn++) await new Promise(setImmediate);
        await Promise.all([kv.close(), other.close()]);
        for (const { status, reason } of await ended) if (status === 'rejected' && !allowed(reason)) throw reason;
      }
    }
    console.log('alive');`;
  expect(await runProgram(program)).toMatchObject({ code: 0, output: 'alive\n', errors: '' });
}, 60_000);

test('[Q51] a full disk refuses writes to lmdb, leaves reads alone, and does not end the process', async () => {
  const program = `${imports}
    process.on('unhandledRejection', (error) => { console.log('unhandled', error); process.exit(1); });
    console.error = () => undefined;
    const kv = await createStore('lmdb', [join(folder, 'full')]);
    await kv.put('first', 'x');
    const codes = new Set();
    for (let number = 0; number < 12; number++) {
      for (const { reason } of await Promise.allSettled([kv.put('large/' + number, new Uint8Array(200_000)), kv.put('small', 'x')])) {
        if (reason !== undefined) codes.add(reason.code + ' ' + (/Input.output error|no space/i.test(reason.message)));
      }
    }
    console.log([...codes].join());
    await kv.get('first');
    const before = (await kv.list('large')).length;
    await kv.delete('large/0');
    await kv.put('first', 'y');
    console.log(before - (await kv.list('large')).length);
    await Promise.allSettled([kv.put('last', new Uint8Array(2_000_000)), kv.close()]);
    console.log('alive');`;
  const ended = await runProgram(program, 1024);
  expect(ended).toMatchObject({ code: 0, output: 'ERR_KV_OUTCOME_UNKNOWN true\n1\nalive\n' });
  const kv = await createStore('lmdb', [join(folder, 'full')]);
  await kv.put('large/more', new Uint8Array(2_000_000));
  expect(await kv.exists('first')).toBe(true);
  await kv.close();
}, 60_000);

test('[Q52] a folder that lmdb cannot open is refused with the file and the reason; the process lives', async () => {
  const program = `${imports}
    const make = async (name) => {
      const path = join(folder, 'broken', name);
      const kv = await createStore('lmdb', [path]);
      for (let number = 0; number < 20; number++) await kv.put('k' + number, new Uint8Array(5000));
      await kv.close();
      return path;
    };
    const data = (path) => join(path, 'data.mdb');
    const lock = (path) => join(path, 'lock.mdb');
    const patched = (offset, bytes) => (path) => {
      const file = fs.openSync(data(path), 'r+');
      fs.writeSync(file, Uint8Array.from(bytes), 0, bytes.length, offset);
      fs.closeSync(file);
    };
    const faults = {
      'data folder': (path) => { fs.rmSync(data(path)); fs.mkdirSync(data(path)); },
      'data link': (path) => { fs.renameSync(data(path), join(path, 'other')); fs.symlinkSync('other', data(path)); },
      'data fifo': (path) => { fs.rmSync(data(path)); fs.symlinkSync('/dev/null', data(path)); },
      'data text': (path) => fs.writeFileSync(data(path), 'not a database'),
      'data garbage': (path) => fs.writeFileSync(data(path), new Uint8Array(100_000).fill(7)),
      'data half': (path) => fs.truncateSync(data(path), 40_000),
      'data one page': (path) => fs.truncateSync(data(path), 4096),
      'data some bytes': (path) => fs.truncateSync(data(path), 100),
      'data magic': patched(24, [1, 2, 3, 4]),
      'data version': patched(28, [1]),
      'data page size': patched(48, [0, 0, 1, 1]),
      'data pages': (path) => { patched(144, [255, 255, 255, 255, 255, 255, 255, 127])(path); patched(4096 + 144, [255, 255, 255, 255, 255, 255, 255, 127])(path); },
      'lock folder': (path) => { fs.rmSync(lock(path)); fs.mkdirSync(lock(path)); },
      'lock link': (path) => { fs.renameSync(lock(path), join(path, 'other')); fs.symlinkSync('other', lock(path)); },
      'lock dangling': (path) => { fs.rmSync(lock(path)); fs.symlinkSync('nowhere', lock(path)); },
      'data read-only': (path) => fs.chmodSync(data(path), 0o444),
      'lock read-only': (path) => fs.chmodSync(lock(path), 0o444),
      'folder read-only': (path) => { fs.rmSync(data(path)); fs.rmSync(lock(path)); fs.chmodSync(path, 0o555); },
    };
    const paths = [];
    for (const [name, fault] of Object.entries(faults)) {
      const path = await make(name);
      fault(path);
      paths.push([name, path]);
    }
    const good = await make('good');
    // Nobody refuses anything to the administrator.
    if (process.getuid?.() === 0) {
      for (const path of [folder, join(folder, 'broken')]) fs.chmodSync(path, 0o777);
      for (const path of [good, ...paths.map(([, path]) => path)]) {
        for (const file of [path, ...fs.readdirSync(path).map((name) => join(path, name))]) {
          if (fs.existsSync(file)) fs.chownSync(file, 65534, 65534);
        }
      }
      process.setgid(65534);
      process.setuid(65534);
    }
    for (const [name, path] of paths) {
      for (let attempt = 0; attempt < 2; attempt++) {
        const error = await createStore('lmdb', [path]).catch((error) => error);
        const named = error.message?.includes(join(path, name.startsWith('folder') ? '' : name.split(' ')[0] + '.mdb'));
        if (!isKvError(error, 'ERR_KV_NOT_REACHABLE') || !named) console.log(name, error);
      }
    }
    const kv = await createStore('lmdb', [good]);
    console.log((await kv.list('')).length);
    await kv.close();`;
  expect(await runProgram(program)).toMatchObject({ code: 0, output: '20\n', errors: '' });
}, 60_000);

test('[Q52] a disk without room for the files of lmdb is refused, and leaves nothing behind', async () => {
  const program = `${imports}
    const path = join(folder, 'no-room');
    const error = await createStore('lmdb', [path]).catch((error) => error);
    console.log(error.code, fs.readdirSync(path).length);`;
  expect(await runProgram(program, 20)).toMatchObject({ code: 0, output: 'ERR_KV_NOT_REACHABLE 0\n' });
}, 60_000);

test('[Q52] a file of lmdb that lacks only unused pages opens; one that lacks others does not', async () => {
  const path = join(folder, 'short');
  const file = join(path, 'data.mdb');
  const kv = await createStore('lmdb', [path]);
  for (let number = 0; number < 50; number++) await kv.put(`kept/${number}`, new Uint8Array(number * 300));
  await kv.close();
  // Pages that a commit took and gave back are counted and not written.
  const bytes = readFileSync(file);
  for (const meta of [0, 4096]) bytes.writeBigUInt64LE(bytes.readBigUInt64LE(meta + 144) + 20n, meta + 144);
  writeFileSync(file, bytes);
  const again = await createStore('lmdb', [path]);
  expect(await again.list('')).toHaveLength(50);
  await again.close();
  truncateSync(file, bytes.length - 3 * 4096);
  await expect(createStore('lmdb', [path])).rejects.toMatchObject({ code: 'ERR_KV_NOT_REACHABLE' });
});

test('[Q53] the files of lmdb are for their owner only', async () => {
  const path = join(folder, 'private', 'below');
  const kv = await createStore('lmdb', [path]);
  await kv.put('a', 'x');
  const mode = (file: string): string => (statSync(join(path, file)).mode & 0o777).toString(8);
  expect([mode('..'), mode('.'), mode('data.mdb'), mode('lock.mdb')]).toEqual(['700', '700', '600', '600']);
  await kv.close();
});

test('[Q54] a reader of lmdb that was killed does not make the file grow', async () => {
  const path = join(folder, 'killed');
  const file = join(path, 'data.mdb');
  const kv = await createStore('lmdb', [path]);
  const write = async (): Promise<void> => {
    for (let number = 0; number < 20; number++) await kv.put('a', new Uint8Array(200_000));
  };
  await write();
  const before = statSync(file).size;
  // The process dies inside a read: its snapshot stays listed.
  const program = `${imports}
    const kv = await createStore('lmdb', [${JSON.stringify(path)}]);
    void kv.get('a');
    process.kill(process.pid, 'SIGKILL');`;
  expect((await runProgram(program)).signal).toBe('SIGKILL');
  await new Promise((resolve) => setTimeout(resolve, 600));
  await write();
  expect(statSync(file).size).toBeLessThan(before + 1_000_000);
  await kv.close();
}, 60_000);
