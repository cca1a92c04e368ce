import { SqliteTasks } from './better-sqlite3.ts';
import type { TaskContender } from './contender.ts';
import { Limit } from './limit.ts';
import { LokiTasks } from './lokijs.ts';
import { NedbTasks } from './nedb.ts';
import { Swarmstate } from './swarmstate.ts';
import { TinyBaseTasks } from './tinybase.ts';

const makers: Readonly<Record<string, () => TaskContender | Promise<TaskContender>>> = {
  swarmstate: () => new Swarmstate(),
  limit: () => new Limit(),
  lokijs: () => new LokiTasks(),
  tinybase: () => TinyBaseTasks.open(),
  nedb: () => new NedbTasks(),
  'better-sqlite3': () => new SqliteTasks(),
};

export async function makeContender(name: string): Promise<TaskContender> {
  const make = makers[name];
  if (make === undefined) throw new Error(`there is no contender ${name}`);
  return make();
}
