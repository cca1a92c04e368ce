import { byServiceId } from '../../model/find/finders.ts';
import { MemoryStore } from '../../store/memory-store.ts';
import { TaskState } from '../../wire/generated/enums.ts';
import { StoreSnapshot } from '../../wire/generated/snapshot.ts';
import { formatOf, listText } from '../output/format.ts';
import { painter } from '../output/paint.ts';
import { tableText } from '../output/table.ts';
import { ExitCode, usage } from '../terminal/failure.ts';
import { Progress } from '../terminal/progress.ts';
import { hasColors, print } from '../terminal/terminal.ts';
import type { FormatOptions } from '../output/format.ts';
import { examples } from './command.ts';
import type { CliCommand } from './command.ts';
import { addFormatOptions, numberOf } from './shared-options.ts';

type BenchOptions = FormatOptions & { readonly tasks?: string };

/** A service has so many tasks. */
const PER_SERVICE = 100;

/** A figure: how often an operation was done, and in which time. */
interface Figure {
  readonly what: string;
  readonly count: number;
  readonly seconds: number;
}

/** `swarmstate bench-store`: the speed of the store on this machine. */
export const command: CliCommand = {
  define(declared) {
    declared.option('--tasks <n>', 'the number of tasks in the store', '20000');
    addFormatOptions(declared);
    declared.addHelpText(
      'after',
      examples(['with more tasks, for another program', 'bench-store --tasks 100000 --json']),
    );
  },

  async run({ terminal, options: given }) {
    const options = given as BenchOptions;
    const format = formatOf(options);
    const tasks = numberOf('--tasks', options.tasks) ?? 0;
    if (tasks < 1) throw usage('--tasks takes a number of 1 or more');
    const progress = new Progress(terminal, 'measuring', 'operations');
    const figures: Figure[] = [];
    let done = 0;
    try {
      for await (const figure of measure(tasks)) {
        figures.push(figure);
        terminal.signal.throwIfAborted();
        progress.step({ done: (done += figure.count) });
      }
    } finally {
      progress.end();
    }
    const { stdout } = terminal;
    const rate = ({ count, seconds }: Figure): number => Math.round(count / Math.max(seconds, 1e-9));
    if (format === 'text') {
      const rows = figures.map((figure) => [
        figure.what,
        figure.count.toLocaleString('en-US'),
        rate(figure).toLocaleString('en-US'),
        `${((figure.seconds * 1e6) / figure.count).toFixed(2)} µs`,
      ]);
      const columns = ['OPERATION', 'TIMES', 'PER SECOND', 'EACH'].map((title) => ({ title }));
      const look = { width: undefined, paint: painter(hasColors(terminal, stdout)) };
      for (const text of tableText(columns, rows, look)) await print(terminal, stdout, text);
    } else {
      const json = figures.map((figure) => ({ ...figure, perSecond: rate(figure) }));
      for await (const text of listText(format, json)) await print(terminal, stdout, text);
    }
    return ExitCode.OK;
  },
};

async function* measure(tasks: number): AsyncGenerator<Figure, void> {
  const store = new MemoryStore();
  const services = Math.ceil(tasks / PER_SERVICE);
  const time = async (what: string, count: number, work: () => void | Promise<unknown>): Promise<Figure> => {
    const start = performance.now();
    await work();
    return { what, count, seconds: (performance.now() - start) / 1000 };
  };
  const id = (number: number): string => `task-${number}`;
  yield await time('create a task', tasks, () =>
    store.batch(async (batch) => {
      for (let number = 0; number < tasks; number += 1) {
        await batch.update((tx) =>
          tx.tasks.create({
            id: id(number),
            serviceId: `service-${number % services}`,
            nodeId: `node-${number % 50}`,
            slot: number + 1,
            desiredState: TaskState.RUNNING,
          }),
        );
      }
    }),
  );
  yield await time('get a task', tasks, () =>
    store.view((tx) => {
      for (let number = 0; number < tasks; number += 1) tx.tasks.get(id(number));
    }),
  );
  yield await time('find the tasks of a service', services, () =>
    store.view((tx) => {
      for (let number = 0; number < services; number += 1) tx.tasks.find(byServiceId(`service-${number}`));
    }),
  );
  const watcher = store.watch({ events: [{ kind: 'task' }], limit: tasks + 1 });
  yield await time('update a task, one by one', tasks, async () => {
    for (let number = 0; number < tasks; number += 1)
      await store.update((tx) => tx.tasks.modify(id(number), (task) => void (task.status.state = TaskState.RUNNING)));
  });
  yield await time('take an event from a watcher', tasks, async () => {
    let taken = 0;
    for await (const _ of watcher) if ((taken += 1) === tasks) break;
  });
  let bytes = new Uint8Array(0);
  yield await time('save a task', tasks, () => void (bytes = StoreSnapshot.encode(store.save())));
  yield await time('restore a task', tasks, () => new MemoryStore().restore(StoreSnapshot.decode(bytes)));
  await store.close();
}
