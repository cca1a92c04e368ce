import { isStoreError } from 'swarmstate';
import type { ReplicatedStore } from 'swarmstate/replicated';
import type { ControlLoop, Update } from '../loops/control-loop.ts';

/** The lease of a leader that died is free after this time, in milliseconds. */
const LEASE_MS = 2000;

/** Options of a process that wants to run the loops. */
export interface LeadingOptions {
  /** Told to those who ask who leads. */
  readonly name: string;
  /** Starts the loops. They write with `update`, in the term of the leader. */
  readonly start: (update: Update) => readonly ControlLoop[];
  /** Called when this process begins to lead, and when it stops although nobody told it to. */
  readonly onChange?: ((leads: boolean) => void) | undefined;
  readonly onError: (error: unknown, loop: string) => void;
}

/** Loops that run somewhere. */
export interface RunningLoops {
  /** Resolves when they have begun. */
  readonly begun: Promise<void>;
  /** Lets their time stand still, or go on. */
  pause?(paused: boolean): void;
  /** Ends them. Resolves when they write no more. */
  stop(): Promise<void>;
}

/**
 * Runs the loops while this process leads. A process that was stopped and woken up may believe for a moment that it
 * still leads. Its writes carry its term, and are refused as soon as another process has begun a later one.
 */
export function leadWhenElected(store: ReplicatedStore, options: LeadingOptions): RunningLoops {
  const { name, start, onChange, onError } = options;
  const election = store.election('loops', { value: name, ttl: LEASE_MS });
  const stopping = new AbortController();
  const { signal } = stopping;
  const begun = moment();
  const lead = async (): Promise<void> => {
    for (;;) {
      const term = await election.campaign({ signal });
      const loops = start((step) => store.update(step, { term }));
      onChange?.(true);
      begun.resolve();
      await whenAborted(AbortSignal.any([signal, term.lost]));
      await Promise.all(loops.map((loop) => loop.stop()));
      if (signal.aborted) {
        await election.resign();
        return;
      }
      onChange?.(false);
    }
  };
  const done = (async () => {
    for (;;) {
      try {
        await lead();
        return;
      } catch (error) {
        if (signal.aborted || isStoreError(error, 'ERR_STORE_CLOSED')) return;
        onError(error, 'election');
        // The key/value store may be away for a while.
        await Promise.race([whenAborted(signal), new Promise((resolve) => setTimeout(resolve, LEASE_MS).unref())]);
      }
    }
  })();
  return {
    begun: begun.promise,
    stop() {
      stopping.abort(new Error('the run ends'));
      return done;
    },
  };
}

/** A promise, and the function that resolves it. */
export function moment(): { readonly promise: Promise<void>; readonly resolve: () => void } {
  let resolve = (): void => undefined;
  const promise = new Promise<void>((come) => {
    resolve = come;
  });
  return { promise, resolve };
}

/** Resolves when the signal aborts. Does not keep the process alive. */
export function whenAborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
