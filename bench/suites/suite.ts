/** What one process measures: figures by name, times in nanoseconds. */
export type Figures = Readonly<Record<string, number>>;

/** What a process is asked for: who takes part, whether a contender's answers are ours, or to measure. */
export interface Job {
  readonly suite: string;
  readonly task: 'entrants' | 'check' | 'run';
  readonly contender?: string;
  /** How many rows the store holds. */
  readonly size?: number;
  /** Fewer repetitions: good for a look, not for a figure to keep. */
  readonly quick?: boolean;
}

/** A job to measure. */
export type Run = Required<Job>;

/** A contender, and the sizes that it is measured at. */
export interface Entrant {
  readonly contender: string;
  readonly sizes: readonly number[];
}

/** A benchmark: every contender is run in fresh processes, taking turns. */
export interface Suite {
  readonly name: string;
  readonly entrants: (quick: boolean) => readonly Entrant[];
  /** Throws when a contender's answers are not ours. */
  readonly check?: (contender: string) => void | Promise<void>;
  readonly run: (job: Run) => Figures | Promise<Figures>;
}
