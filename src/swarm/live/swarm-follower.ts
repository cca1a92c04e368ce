import { isSwarmError, SwarmError } from '../../errors/swarm-error.ts';
import type { Grpc } from '../../grpc/load-grpc.ts';
import { SourceFollower } from '../../readable/source-follower.ts';
import type { SessionRun } from '../../readable/source-follower.ts';
import type { Target } from './manager/target.ts';
import { SwarmMirror } from './mirror/swarm-mirror.ts';
import type { CheckedFollowOptions } from './options.ts';
import { runSession } from './session.ts';
import type { Timings } from './timings.ts';

/** How often lists that are older than the contents are asked for again before they are taken. */
const MOST_BEHIND = 3;

/** Keeps a mirror in step with a swarm. */
export class SwarmFollower {
  readonly mirror: SwarmMirror;
  readonly source: SourceFollower;
  readonly #module: Grpc;
  readonly #target: Target;
  readonly #options: CheckedFollowOptions;
  readonly #timings: Timings;
  /** The index after which to resume; undefined when the contents have to be listed. */
  #resume: number | undefined;
  #behind = 0;

  constructor(module: Grpc, target: Target, options: CheckedFollowOptions, timings: Timings) {
    this.#module = module;
    this.#target = target;
    this.#options = options;
    this.#timings = timings;
    this.mirror = new SwarmMirror({
      redaction: options.redact,
      history: options.history,
      onDiverged: () => {
        // The contents are listed again: they then are those of the swarm, whatever went wrong.
        this.#resume = undefined;
        this.source.endSession(undefined);
      },
    });
    this.source = new SourceFollower({
      store: this.mirror,
      timeoutMs: options.timeoutMs,
      signal: options.signal,
      timings,
      session: (run) => this.#follow(run),
      // The other errors stay until a person does something about them.
      needsAction: (error) =>
        !(isSwarmError(error, 'ERR_SWARM_NOT_REACHABLE') || isSwarmError(error, 'ERR_SWARM_NO_LEADER')),
      closedError: () => new SwarmError('ERR_SWARM_CLOSED', 'the followed swarm was closed', { target: target.text }),
    });
  }

  /** One connection up to its end. Resolves where the contents have to be listed again at once. */
  async #follow({ signal, onSyncing, onLive }: SessionRun): Promise<void> {
    const { mirror } = this;
    const resume = this.#resume;
    this.#resume = undefined;
    let end: Awaited<ReturnType<typeof runSession>>;
    try {
      end = await runSession(
        {
          module: this.#module,
          target: this.#target,
          identity: this.#options.identity,
          mirror,
          timeoutMs: this.#options.timeoutMs,
          probeMs: this.#timings.probeMs,
          acceptsOlder: this.#behind >= MOST_BEHIND,
          onSyncing: () => {
            // A mirror that is stale stays stale until the swarm is followed again.
            if (!mirror.filled || this.source.status === 'live') onSyncing();
          },
          onLive: () => {
            this.#behind = 0;
            onLive();
          },
          signal,
        },
        resume,
      );
    } catch (error) {
      if (!signal.aborted && mirror.filled) this.#resume = mirror.index;
      throw error;
    }
    if (end === 'list again') return;
    this.#behind += 1;
    const { text } = this.#target;
    throw new SwarmError(
      'ERR_SWARM_NO_LEADER',
      `${text} lists older contents than those that are known: the leader has changed; ` +
        'they are taken if it goes on (a swarm that was restored from a backup)',
      { target: text },
    );
  }
}
