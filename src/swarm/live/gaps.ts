import type { Kind } from '../../wire/generated/kinds.ts';
import type { Redaction } from '../../readable/redact.ts';

/** A part of a swarm's state that the copy does not have, or has otherwise than the swarm. */
export interface SwarmGap {
  readonly kind: Kind;
  /** The field, such as `spec.data`; undefined where whole objects are missing. */
  readonly field: string | undefined;
  readonly text: string;
}

const always: readonly SwarmGap[] = [
  {
    kind: 'extension',
    field: undefined,
    text: 'extensions that existed before and did not change since: a manager has no list of them',
  },
  {
    kind: 'resource',
    field: undefined,
    text:
      'resources of a kind that had none when the contents were listed and whose extension is not known: ' +
      'a manager is watched by kind. They are found at the next call, within seconds',
  },
  {
    kind: 'secret',
    field: undefined,
    text: 'secrets that swarmkit uses itself and that did not change since: the list leaves them out',
  },
  {
    kind: 'node',
    field: 'managerStatus',
    text:
      'which managers lead and answer is not part of the state, and no watch tells when that changes; ' +
      'always absent',
  },
  {
    kind: 'cluster',
    field: 'encryptionKeyLamportClock',
    text:
      'the list leaves it out: 0 until the cluster changes; so do fips, networkBootstrapKeys and unlockKeys, ' +
      'which are empty until then',
  },
  {
    kind: 'cluster',
    field: 'defaultAddressPool',
    text:
      'where unset, the list fills in the pool, the size of subnets and the VXLAN port that swarmkit uses; ' +
      'they are as stored after a change of the cluster',
  },
];

const unredacted: readonly SwarmGap[] = [
  {
    kind: 'secret',
    field: 'spec.data',
    text: 'the list empties it: only the data of secrets that were created or changed since is there',
  },
  {
    kind: 'cluster',
    field: 'rootCa.caKey',
    text: 'the list empties the keys of certificate authorities: they are there only after a change of the cluster',
  },
];

/** The gaps of a copy with that redaction. */
export function gapsOf(redaction: Redaction): readonly SwarmGap[] {
  return Object.freeze(redaction === false ? [...always, ...unredacted] : always);
}
