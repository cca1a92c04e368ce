import { InvalidAnswer, notPermitted } from '../connection/failure.ts';
import { entryOf } from '../records/entry.ts';
import type { Call, ConsulConnection } from '../connection/connection.ts';
import type { Answer } from '../connection/exchange.ts';
import type { Entry } from '../records/entry.ts';

/** The most steps of a transaction of Consul. Versions from 1.13 on take 128. */
export const mostSteps = 64;

/** A step of a transaction of Consul. */
export type Step =
  | { readonly verb: 'get' | 'get-tree' | 'check-not-exists' | 'delete' | 'delete-tree'; readonly name: string }
  | { readonly verb: 'check-index' | 'delete-cas'; readonly name: string; readonly index: number }
  | { readonly verb: 'set'; readonly name: string; readonly value: Uint8Array | string; readonly flags: number }
  | {
      readonly verb: 'cas';
      readonly name: string;
      readonly value: Uint8Array | string;
      readonly flags: number;
      /** 0 for a key that is to be absent. */
      readonly index: number;
    }
  | {
      readonly verb: 'lock';
      readonly name: string;
      readonly value: Uint8Array | string;
      readonly flags: number;
      readonly session: string;
    };

/** The outcome of a transaction: the keys that were read and written, or the steps that were refused, by position. */
export type Outcome =
  | { readonly entries: ReadonlyMap<string, Entry>; readonly refused?: undefined }
  | { readonly entries?: undefined; readonly refused: ReadonlyMap<number, string> };

/** The request of a transaction, as its text. */
export function transactionText(steps: readonly Step[]): string {
  return JSON.stringify(
    steps.map((step) => ({
      KV: {
        Verb: step.verb,
        Key: step.name,
        ...('value' in step ? { Value: base64(step.value), Flags: step.flags } : {}),
        ...('index' in step ? { Index: step.index } : {}),
        ...('session' in step ? { Session: step.session } : {}),
      },
    })),
  );
}

/** Performs all steps at one moment, or none. `kind` other than `write` is for steps that only read. */
export function perform(connection: ConsulConnection, text: string, call: Call): Promise<Outcome> {
  const query = { read: '?consistent', 'stale read': '?stale', write: '' }[call.kind];
  return connection.call({ method: 'PUT', path: `/v1/txn${query}`, body: text }, outcomeOf, call);
}

/** Performs steps that only read, at one moment. */
export function readSteps(
  connection: ConsulConnection,
  steps: readonly Step[],
  call: { readonly kind: 'read' | 'stale read'; readonly signal: AbortSignal | undefined },
): Promise<Outcome> {
  return perform(connection, transactionText(steps), call);
}

/** Throws {@link InvalidAnswer}, and `ERR_KV_NOT_PERMITTED`. */
function outcomeOf({ status, body }: Answer): Outcome {
  const { Results, Errors } = jsonOf(body) as { readonly Results?: unknown; readonly Errors?: unknown };
  if (status === 200) {
    if (!Array.isArray(Results)) throw new InvalidAnswer('a transaction without results');
    const entries = (Results as { readonly KV?: unknown }[]).map(({ KV }) => entryOf(KV));
    return { entries: new Map(entries.map((entry) => [entry.name, entry])) };
  }
  if (status !== 409 || !Array.isArray(Errors) || Errors.length === 0)
    throw new InvalidAnswer(`status ${status} for a transaction`);
  const refused = new Map<number, string>();
  for (const { OpIndex, What } of Errors as { readonly OpIndex?: unknown; readonly What?: unknown }[]) {
    if (typeof OpIndex !== 'number' || typeof What !== 'string') throw new InvalidAnswer('an error without its parts');
    if (/permission denied|acl not found/i.test(What)) throw notPermitted(What);
    refused.set(OpIndex, What);
  }
  return { refused };
}

/** Throws {@link InvalidAnswer} for a text that is none of JSON. */
export function jsonOf(body: Buffer): object {
  try {
    const given: unknown = JSON.parse(body.toString());
    if (typeof given === 'object' && given !== null) return given;
  } catch {
    // Told below.
  }
  throw new InvalidAnswer('no JSON');
}

function base64(value: Uint8Array | string): string {
  return typeof value === 'string'
    ? Buffer.from(value).toString('base64')
    : Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('base64');
}

/** The keys in the answer to a listing. Throws {@link InvalidAnswer}. */
export function entriesOf({ status, body }: Answer): readonly Entry[] {
  if (status === 404) return [];
  const given = jsonOf(body);
  if (!Array.isArray(given)) throw new InvalidAnswer('no list of keys');
  return given.map(entryOf);
}
