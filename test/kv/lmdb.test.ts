import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from '@jest/globals';
import { createStore } from 'swarmstate/kv';
import { testContract } from './contract.ts';

const folder = mkdtempSync(join(tmpdir(), 'swarmstate-kv-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

testContract('lmdb', () => createStore('lmdb', [join(folder, 'contract')], { pollMs: 10 }));
