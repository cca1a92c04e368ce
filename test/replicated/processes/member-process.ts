import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { setTimeout as pause } from 'node:timers/promises';
import type { MemberFigures } from '../../../src/replicated/member/figures.ts';
import type { HistoryOperation } from '../../../src/testing/history/history.ts';
import type { Answer, Command, MemberState, Opened, ProcessOptions } from './messages.ts';

/** The process ended before it answered. */
export class ProcessGone extends Error {}

/** An error that a process answered with. */
export class CallFailed extends Error {
  readonly code: string;

  constructor(code: string, message: string) {
    super(`${code}: ${message}`);
    this.code = code;
  }
}

/** A command without its id. */
type Asked = Command extends infer Each ? (Each extends Command ? Omit<Each, 'id'> : never) : never;

interface Waiting {
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: Error) => void;
}

const running = new Set<ChildProcess>();
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

/** A member of a log in a process of its own. A process that ends is started again at once, as another life. */
export class MemberProcess {
  readonly name: string;
  readonly #program: string;
  readonly #options: ProcessOptions;
  readonly #problem: (text: string) => void;
  readonly #waiting = new Map<number, Waiting>();
  #child: ChildProcess | undefined;
  #life = 0;
  #isOpen = false;
  #isStopped = false;
  #ended = false;
  #calls = 0;
  readonly #openers: (() => void)[] = [];

  /** `problem` is told of a store that could not be opened for another reason than absent servers. */
  constructor(name: string, program: string, options: ProcessOptions, problem: (text: string) => void) {
    this.name = name;
    this.#program = program;
    this.#options = options;
    this.#problem = problem;
    this.#start();
  }

  /** The name of this life. */
  get session(): string {
    return `${this.name}.${this.#life}`;
  }

  /** True while the store of this life is open, and the process not stopped. */
  get isAvailable(): boolean {
    return this.#isOpen && !this.#isStopped;
  }

  /** The number of commands without an answer. */
  get pending(): number {
    return this.#waiting.size;
  }

  /** Resolves when the store of this or a later life is open. */
  opened(): Promise<void> {
    if (this.#isOpen) return Promise.resolve();
    return new Promise((resolve) => {
      this.#openers.push(resolve);
    });
  }

  async run(command: Asked & { readonly kind: 'update' | 'read' }): Promise<readonly HistoryOperation[]> {
    return (await this.#call<'done'>(command)).operations;
  }

  async state(): Promise<MemberState> {
    return (await this.#call<'state'>({ kind: 'state' })).state;
  }

  async figures(): Promise<MemberFigures> {
    return (await this.#call<'figures'>({ kind: 'figures' })).figures;
  }

  kill(): void {
    this.#child?.kill('SIGKILL');
  }

  stop(): void {
    this.#isStopped = true;
    this.#child?.kill('SIGSTOP');
  }

  goOn(): void {
    this.#isStopped = false;
    this.#child?.kill('SIGCONT');
  }

  /** Ends the process for good. */
  async end(): Promise<void> {
    this.#ended = true;
    const child = this.#child;
    if (child === undefined) return;
    const gone = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await gone;
  }

  async #call<Kind extends Answer['kind']>(command: Asked): Promise<Extract<Answer, { kind: Kind }>> {
    this.#calls += 1;
    const id = this.#calls;
    const answer = await new Promise<Answer>((resolve, reject) => {
      if (!this.#isOpen) {
        reject(new ProcessGone(`${this.session} is not open`));
        return;
      }
      this.#waiting.set(id, { resolve, reject });
      this.#child?.send({ ...command, id } satisfies Command);
    });
    if (answer.kind === 'failed') throw new CallFailed(answer.code, answer.message);
    return answer as Extract<Answer, { kind: Kind }>;
  }

  #start(): void {
    this.#life += 1;
    const child = spawn(process.execPath, [this.#program, JSON.stringify(this.#options)], {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    this.#child = child;
    running.add(child);
    child.on('message', (message: Opened | Answer) => this.#told(message));
    // A command that cannot be sent finds the process gone.
    child.on('error', () => undefined);
    child.once('exit', () => {
      running.delete(child);
      this.#gone();
    });
  }

  #told(message: Opened | Answer): void {
    if (message.kind === 'open') {
      this.#isOpen = true;
      for (const resolve of this.#openers.splice(0)) resolve();
      return;
    }
    if (message.kind === 'not open') {
      if (message.code !== 'ERR_KV_NOT_REACHABLE' && message.code !== 'CallTimeout')
        this.#problem(`${this.session} could not be opened: ${message.code}: ${message.message}`);
      return;
    }
    this.#waiting.get(message.id)?.resolve(message);
    this.#waiting.delete(message.id);
  }

  #gone(): void {
    const opened = this.#isOpen;
    this.#isOpen = false;
    this.#child = undefined;
    const waiting = [...this.#waiting.values()];
    this.#waiting.clear();
    for (const { reject } of waiting) reject(new ProcessGone(`${this.session} is gone`));
    if (this.#ended) return;
    // A process that could not open waits a little: its servers are away.
    void pause(opened ? 0 : 20).then(() => {
      if (!this.#ended) this.#start();
    });
  }
}
