import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

/** True once `done` is, after as many collections as it takes; false when fifty of them were not enough. */
export async function afterCollections(done: () => boolean): Promise<boolean> {
  for (let round = 0; round < 50; round += 1) {
    // A dereferenced object stays until the end of its task, and finalizers run in tasks of their own.
    await new Promise((resolve) => setImmediate(resolve));
    collect();
    if (done()) return true;
  }
  return false;
}

/** True once nothing holds the object that `make` gives. */
export async function isForgotten(make: () => WeakRef<object> | Promise<WeakRef<object>>): Promise<boolean> {
  const reference = await make();
  return afterCollections(() => reference.deref() === undefined);
}
