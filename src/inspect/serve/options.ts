import { OptionChecks } from '../../base/options/option-checks.ts';
import { RemoteError } from '../../errors/remote-error.ts';
import type { EventsRequest } from '../../remote/events/events-options.ts';
import type { Redaction } from '../../readable/redact.ts';

/** Options of {@link inspector}. */
export interface InspectorOptions {
  /**
   * Decides about each request: true to answer it. An error, a rejection and any other value refuse it with status 403.
   * There is no default: `() => true` shows the store to everybody who can reach the server.
   */
  readonly authorize: (request: EventsRequest) => boolean | Promise<boolean>;
  /**
   * The values of the header `Host` that are served, port included: `['ops.example:8443']`. Default: the loopback names
   * `localhost`, `127.0.0.1` and `[::1]`, with any port. Other values get status 403: pages of other names cannot reach
   * the store through the browser of a user.
   */
  readonly hosts?: readonly string[] | undefined;
  /** The name of the store, in the head of the page. Default: none. */
  readonly title?: string | undefined;
  /** Which fields are emptied before an object is sent. Default: true, all secrets. */
  readonly redact?: Redaction | undefined;
}

const checks = new OptionChecks<InspectorOptions>(['authorize', 'hosts', 'title', 'redact'], (path, message) =>
  invalid('inspector', path, message),
);

/** Throws `ERR_REMOTE_INVALID_ARGUMENT` for an option that is wrong or unknown. */
export function checkInspectorOptions(options: InspectorOptions): void {
  checks.names(options);
  const { authorize, hosts, title, redact } = options;
  checks.valid(
    typeof authorize === 'function',
    'authorize',
    authorize,
    'a function that decides about a request; () => true serves everybody',
  );
  checks.valid(
    hosts === undefined || isTextList(hosts),
    'hosts',
    hosts,
    "a list of host names with their ports, such as 'ops.example:8443'",
  );
  checks.valid(title === undefined || typeof title === 'string', 'title', title, 'a text');
  checks.valid(
    ([undefined, true, false, 'strict'] as readonly unknown[]).includes(redact),
    'redact',
    redact,
    "true, false or 'strict'",
  );
}

/** The error about a wrong option. */
export function invalid(name: string, path: readonly (string | number)[], message: string): RemoteError {
  return new RemoteError('ERR_REMOTE_INVALID_ARGUMENT', `the options of ${name}: ${message}`, {
    argument: String(path[0] ?? 'options'),
  });
}

export function isTextList(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((member) => typeof member === 'string');
}
