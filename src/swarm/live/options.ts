import { isFiniteFrom, isWholeFrom, OptionChecks } from '../../base/options/option-checks.ts';
import { SwarmError } from '../../errors/swarm-error.ts';
import type { Redaction } from '../../readable/redact.ts';
import type { IdentityOptions } from './manager/identity.ts';

/** Options of {@link followSwarm}. */
export interface FollowSwarmOptions extends IdentityOptions {
  /** Which fields are emptied before an object enters the store. Default: true, all secrets. */
  readonly redact?: Redaction | undefined;
  /** The number of commits that are kept for `watchFrom`. Default: 1,000. */
  readonly history?: number | undefined;
  /**
   * Milliseconds within which a manager answers each call, and within which the first contents have to be there.
   * Default: 15,000.
   */
  readonly timeoutMs?: number | undefined;
  /** Ends following: before the first contents `followSwarm` rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

/** The options, completed by the defaults. */
export interface CheckedFollowOptions {
  readonly identity: IdentityOptions;
  readonly redact: Redaction;
  readonly history: number;
  readonly timeoutMs: number;
  readonly signal: AbortSignal | undefined;
}

const redactions: readonly unknown[] = [true, false, 'strict'];

const checks = new OptionChecks<FollowSwarmOptions>(
  ['ca', 'cert', 'key', 'insecure', 'redact', 'history', 'timeoutMs', 'signal'],
  (path, message) =>
    new SwarmError('ERR_SWARM_INVALID_ARGUMENT', `the options of followSwarm: ${message}`, {
      argument: path[0] ?? 'options',
    }),
);

/** Checks the options. Throws `ERR_SWARM_INVALID_ARGUMENT`. */
export function checkFollowOptions(options: FollowSwarmOptions): CheckedFollowOptions {
  checks.names(options);
  const { ca, cert, key, insecure = false, redact = true, history = 1000, timeoutMs = 15_000, signal } = options;
  for (const [name, value] of [
    ['ca', ca],
    ['cert', cert],
    ['key', key],
  ] as const) {
    const given: unknown = value;
    const valid = given === undefined || given instanceof Uint8Array || (typeof given === 'string' && given !== '');
    // The value may be a key: the message describes it and does not show it.
    checks.valid(valid, name, typeof given === 'string' ? undefined : given, 'PEM, or the path of a file');
  }
  checks.valid(typeof insecure === 'boolean', 'insecure', insecure, 'true or false');
  checks.valid(redactions.includes(redact), 'redact', redact, "true, false or 'strict'");
  checks.valid(isWholeFrom(history, 1), 'history', history, 'a number of commits, 1 or more');
  checks.valid(isFiniteFrom(timeoutMs, 1) && timeoutMs < 2 ** 31, 'timeoutMs', timeoutMs, 'a number of milliseconds');
  checks.signal(signal);
  return { identity: { ca, cert, key, insecure }, redact, history, timeoutMs, signal };
}
