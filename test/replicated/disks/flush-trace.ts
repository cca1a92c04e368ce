/** The calls that a trace has to have, as `strace -e trace=` takes them. */
export const TRACED_CALLS = 'openat,fdatasync,fsync,msync,write,pwrite64,writev,pwritev';

/** The steps of a commit of lmdb that were seen since an entry was proposed, in their order. */
type Stage = 'proposed' | 'written' | 'flushed' | 'on disk';

/** The acknowledged entries of a trace. */
export interface FlushReport {
  /** Slots that were acknowledged. */
  readonly acknowledged: readonly number[];
  /** Those of them that were not on disk by then. */
  readonly unflushed: readonly number[];
}

/** A call that has returned. */
interface Call {
  readonly name: string;
  readonly args: string;
  readonly result: number;
}

/**
 * Follows the system calls of a writer on lmdb, by the output of `strace -f -y`. An entry is on disk when three calls
 * have returned in this order after its proposal. The first writes pages with the entry's key to data.mdb. The second
 * flushes that file. The third writes the head of the file, through a handle that was opened with `O_DSYNC`: the pages
 * are current then.
 */
export function readFlushes(trace: string): FlushReport {
  const stages = new Map<number, Stage>();
  const synchronous = new Set<string>();
  const acknowledged: number[] = [];
  const unflushed: number[] = [];
  const move = (from: Stage, to: Stage): void => {
    for (const [slot, stage] of stages) if (stage === from) stages.set(slot, to);
  };
  for (const { name, args, result } of callsOf(trace)) {
    const mark = /"(propose|resolve) (\d+)\\n"/.exec(args);
    const slot = Number(mark?.[2]);
    if (mark?.[1] === 'propose') stages.set(slot, 'proposed');
    if (mark?.[1] === 'resolve') {
      for (const [proposed, stage] of stages) {
        if (proposed > slot) continue;
        acknowledged.push(proposed);
        if (stage !== 'on disk') unflushed.push(proposed);
        stages.delete(proposed);
      }
    }
    if (!args.includes('data.mdb') || result < 0) continue;
    const handle = String(/^(\d+)</.exec(args)?.[1]);
    if (name === 'openat') {
      if (/O_D?SYNC/.test(args)) synchronous.add(String(result));
      else synchronous.delete(String(result));
    } else if (name.includes('sync')) move('written', 'flushed');
    else if (synchronous.has(handle)) move('flushed', 'on disk');
    else {
      for (const [proposed, stage] of stages)
        if (stage === 'proposed' && args.includes(String(proposed).padStart(16, '0'))) stages.set(proposed, 'written');
    }
  }
  return { acknowledged, unflushed };
}

/** The calls in the order in which they returned; strace splits a call that another thread interrupts. */
function* callsOf(trace: string): Iterable<Call> {
  const begun = new Map<string, string>();
  for (const line of trace.split('\n')) {
    const [, thread = '', rest = ''] = /^(\d+)\s+(.*)$/.exec(line) ?? [];
    const unfinished = /^(.*) <unfinished \.\.\.>$/.exec(rest)?.[1];
    if (unfinished !== undefined) {
      begun.set(thread, unfinished);
      continue;
    }
    const resumed = /^<\.\.\. \w+ resumed>(.*)$/.exec(rest)?.[1];
    const text = resumed === undefined ? rest : (begun.get(thread) ?? '') + resumed;
    const [, name, args, result] = /^(\w+)\((.*)\)\s+= (-?\d+)/.exec(text) ?? [];
    if (name !== undefined && args !== undefined) yield { name, args, result: Number(result) };
  }
}
