import type { Node, Task } from 'swarmstate';
import { SqliteContender } from './better-sqlite3.ts';
import type { Contender } from './contender.ts';
import { Limit } from './limit.ts';
import { LokiContender } from './lokijs.ts';
import { NedbContender } from './nedb.ts';
import { nodeShape, taskShape } from './shape.ts';
import type { Identified, Shape } from './shape.ts';
import { ofNodes, ofTasks, Swarmstate } from './swarmstate.ts';
import { TinyBaseContender } from './tinybase.ts';

export async function taskContender(name: string): Promise<Contender<Task>> {
  return name === 'swarmstate' ? new Swarmstate(ofTasks) : other(name, taskShape);
}

export async function nodeContender(name: string): Promise<Contender<Node>> {
  return name === 'swarmstate' ? new Swarmstate(ofNodes) : other(name, nodeShape);
}

async function other<T extends Identified>(name: string, shape: Shape<T>): Promise<Contender<T>> {
  switch (name) {
    case 'limit':
      return new Limit(shape);
    case 'lokijs':
      return new LokiContender(shape);
    case 'tinybase':
      return TinyBaseContender.open(shape);
    case 'nedb':
      return NedbContender.open(shape);
    case 'better-sqlite3':
      return new SqliteContender(shape);
    default:
      throw new Error(`there is no contender ${name}`);
  }
}
