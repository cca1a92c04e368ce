import * as main from 'swarmstate';
import * as cache from 'swarmstate/cache';
import * as files from 'swarmstate/files';
import * as kv from 'swarmstate/kv';
import * as loops from 'swarmstate/loops';
import * as proto from 'swarmstate/proto';
import * as resources from 'swarmstate/resources';
import * as testing from 'swarmstate/testing';
import { test } from 'vitest';
import scenario from '../scenario.cjs';

test('the package works in vitest', () => scenario({ main, cache, files, kv, loops, proto, resources, testing }));
