import { nodes } from './nodes.ts';
import { restoring } from './restoring.ts';
import { saving } from './saving.ts';
import { snapshots } from './snapshots.ts';
import { startup } from './startup.ts';
import type { Suite } from './suite.ts';
import { tasks } from './tasks.ts';
import { watch } from './watch.ts';
import { writes } from './writes.ts';

/** In the order in which they run. */
export const suites: readonly Suite[] = [startup, tasks, nodes, writes, watch, snapshots, saving, restoring];
