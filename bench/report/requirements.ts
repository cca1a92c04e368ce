import { peers } from '../contenders/peer-names.ts';
import type { Results } from '../results.ts';
import { FigureSet, markdownTable, ratioText, timeText } from './figures.ts';

/** What must hold: a figure, what it is measured against, and by how much it may be larger. */
interface Requirement {
  readonly what: string;
  readonly atMost: number;
  readonly unit: '×' | 'ms';
  /** The bound is on the figure itself: there is nothing to show beside it. */
  readonly alone?: true;
  readonly measured: (figures: FigureSet) => { readonly ours: number; readonly against: number };
}

const N = 100_000;
const SMALL = 1000;
const LARGE = 1_000_000;

/** What ends with a read in the order of an index; there we have to be ahead of every peer. */
const orderedReads: readonly (readonly [string, string])[] = [
  ['tasks', 'find, unchanged'],
  ['tasks', 'find, changed'],
  ['tasks', 'find all, per object'],
  ['nodes', 'find by name'],
  ['nodes', 'find all, per object'],
];

/** Figures of the tasks benchmark that have a row of the limit, with the bound of each. */
const againstLimit: readonly (readonly [string, string, number])[] = [
  ['`view` + `get`', 'get', 2],
  ['`find` of 50, in order, unchanged since the last find', 'find, unchanged', 0.3],
  ['the same after one of its rows changed', 'find, changed', 1],
  ['`find(all)` per object, in order', 'find all, per object', 3],
  ['create, one per awaited `update()`, one watcher', 'create', 3],
  ['update (spread), one per awaited `update()`, one watcher', 'update', 3],
  ['delete, one per awaited `update()`, one watcher', 'delete', 3],
  ['create inside `batch`', 'create, batch', 2],
  ['update inside `batch`', 'update, batch', 2],
  ['delete inside `batch`', 'delete, batch', 2],
];

function ofOneProcess(suite: string, ours: string, against: readonly string[]): Requirement['measured'] {
  return (figures) => ({
    ours: figures.of(suite, 'swarmstate', N, ours),
    against: against.reduce((sum, figure) => sum + figures.of(suite, 'swarmstate', N, figure), 0),
  });
}

const requirements: readonly Requirement[] = [
  ...againstLimit.map(([what, figure, atMost]): Requirement => ({
    what,
    atMost,
    unit: '×',
    measured: (figures) => ({
      ours: figures.of('tasks', 'swarmstate', N, figure),
      against: figures.of('tasks', 'limit', N, figure),
    }),
  })),
  {
    what: '`modify` with a recipe, against our update + a bare `produce`',
    atMost: 1.15,
    unit: '×',
    measured: ofOneProcess('writes', 'modify', ['update', 'bare produce']),
  },
  {
    what: 'update with a proposer, against one without + a bare encode',
    atMost: 1.5,
    unit: '×',
    measured: ofOneProcess('writes', 'update, proposer', ['update', 'bare encode']),
  },
  {
    what: 'update while a snapshot is held, against one without',
    atMost: 1.5,
    unit: '×',
    measured: ofOneProcess('writes', 'update, snapshot held', ['update']),
  },
  {
    what: 'index memory per row, in bytes',
    atMost: 0.6,
    unit: '×',
    measured: (figures) => ({
      ours: figures.of('tasks', 'swarmstate', N, 'bytes per row'),
      against: figures.of('tasks', 'limit', N, 'bytes per row'),
    }),
  },
  ...[...againstLimit.map(([, figure]) => figure), 'bytes per row'].map((figure): Requirement => ({
    what: `growth from 1,000 to 1,000,000 tasks: ${figure}`,
    atMost: 1.3,
    unit: '×',
    measured: (figures) => ({ ours: growth(figures, 'swarmstate', figure), against: growth(figures, 'limit', figure) }),
  })),
  {
    what: 'an update with 10,000 watchers on 10,000 nodes, against one',
    atMost: 1.3,
    unit: '×',
    measured: ofOneProcess('watch', 'update, 10,000 watchers on nodes', ['update, one watcher on a node']),
  },
  {
    what: 'an update with 1,000 watchers of everything, against one',
    atMost: 1.2,
    unit: '×',
    measured: ofOneProcess('watch', 'update, 1,000 watchers of everything', ['update, one watcher of everything']),
  },
  {
    what: '`save` and encode, against `JSON.stringify`',
    atMost: 1.5,
    unit: '×',
    measured: ofOneProcess('snapshots', 'save and encode', ['JSON.stringify']),
  },
  {
    what: 'decode and `restore`, against `JSON.parse`',
    atMost: 3,
    unit: '×',
    measured: ofOneProcess('snapshots', 'decode and restore', ['JSON.parse']),
  },
  {
    what: 'importing the package, over bare Node',
    atMost: 60,
    unit: 'ms',
    measured: (figures) => ({
      ours: figures.of('startup', 'swarmstate', 0, 'with the package'),
      against: figures.of('startup', 'swarmstate', 0, 'bare Node'),
    }),
  },
  ...[SMALL, N].flatMap((size) =>
    orderedReads.map(([suite, figure]): Requirement => ({
      what: `${size.toLocaleString('en')} ${suite}: ${figure}, against the quickest peer`,
      atMost: 1,
      unit: '×',
      measured: (figures) => ({
        ours: figures.of(suite, 'swarmstate', size, figure),
        // A peer that was not measured is not the quickest.
        against: peers
          .map((peer) => figures.of(suite, peer, size, figure))
          .reduce((least, time) => (time < least || Number.isNaN(least) ? time : least), Number.NaN),
      }),
    })),
  ),
  ...(
    [
      ['saving', 'save'],
      ['restoring', 'restore into an empty store'],
      ['restoring', 'restore over a full store'],
    ] as const
  ).flatMap(([suite, work]): Requirement[] => [
    longWork(suite, `${work}, loop delay, 99 %`, 20, 'ms'),
    longWork(suite, `${work}, loop delay, longest`, 100, 'ms'),
  ]),
  longWork('restoring', 'restore into an empty store, peak heap to collected heap', 1.3, '×'),
  longWork('restoring', 'restore over a full store, peak heap to collected heap', 2.3, '×'),
];

/** A bound on the figure itself: nothing to compare it with. */
function longWork(suite: string, figure: string, atMost: number, unit: '×' | 'ms'): Requirement {
  return {
    what: `${LARGE.toLocaleString('en')} tasks: ${figure}`,
    atMost,
    unit,
    alone: true,
    measured: (figures) => ({ ours: figures.of(suite, 'swarmstate', LARGE, figure), against: unit === 'ms' ? 0 : 1 }),
  };
}

function growth(figures: FigureSet, contender: string, figure: string): number {
  return figures.of('tasks', contender, LARGE, figure) / figures.of('tasks', contender, SMALL, figure);
}

/** The table of what must hold, with what was measured. Rows without figures are counted below it. */
export function requirementTable(results: Results): string {
  const figures = new FigureSet(results);
  const rows: string[][] = [];
  let missing = 0;
  for (const { what, atMost, unit, alone, measured } of requirements) {
    const { ours, against } = measured(figures);
    const value = unit === 'ms' ? (ours - against) / 1e6 : ours / against;
    if (Number.isNaN(value)) {
      missing += 1;
      continue;
    }
    const text = unit === 'ms' ? `${value.toPrecision(3)} ms` : ratioText(value);
    const plain = what.startsWith('growth') || what.startsWith('index');
    const cell = (figure: number): string => (plain ? figure.toPrecision(3) : timeText(figure));
    rows.push([
      what,
      alone ? '' : cell(ours),
      alone ? '' : cell(against),
      text,
      `${String(atMost)} ${unit}`,
      value <= atMost ? 'yes' : '**no**',
    ]);
  }
  const table = markdownTable(['', 'ours', 'against', 'measured', 'at most', 'holds'], rows);
  return missing === 0
    ? table
    : `${table}\n\n${String(missing)} more rows need benchmarks, sizes or peers that this run left out.`;
}
