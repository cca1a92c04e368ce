import { redactObject } from '../../../readable/redact.ts';
import { Cluster } from '../../../wire/generated/cluster.ts';
import { Secret } from '../../../wire/generated/secret.ts';
import type { Kind, Kinds } from '../../../wire/generated/kinds.ts';

const NO_BYTES = new Uint8Array(0);

/** The pool of addresses, the size of subnets and the port that swarmkit uses where a cluster says nothing. */
const usual = { pool: ['10.0.0.0/8'], subnetSize: 24, port: 4789 } as const;

/**
 * An object as swarmkit's control API shows it. Data of secrets, and keys of clusters, are never shown. Without the
 * right to secrets, join tokens and credentials are not shown either.
 */
export function shown<K extends Kind>(kind: K, object: Kinds[K], secrets: boolean): Kinds[K] {
  const allowed = secrets ? object : redactObject(kind, object, true);
  if (kind === 'secret') return shownSecret(allowed as Secret) as Kinds[K];
  return kind === 'cluster' ? (shownCluster(allowed as Cluster) as Kinds[K]) : allowed;
}

function shownSecret(secret: Secret): Secret {
  return Secret.from({ ...secret, spec: { ...secret.spec, data: NO_BYTES } });
}

/** Only some fields, as swarmkit does: a field that a later version adds is not shown by mistake. */
function shownCluster({ id, meta, spec, rootCa, blacklistedCertificates, ...rest }: Cluster): Cluster {
  const { defaultAddressPool, subnetSize, VXLANUDPPort } = rest;
  const { rootRotation } = rootCa;
  const hasPool = defaultAddressPool.length > 0;
  return Cluster.from({
    ...{ id, meta, blacklistedCertificates },
    spec: { ...spec, caConfig: { ...spec.caConfig, signingCaCert: NO_BYTES, signingCaKey: NO_BYTES } },
    rootCa: {
      ...rootCa,
      caKey: NO_BYTES,
      rootRotation: rootRotation === undefined ? undefined : { ...rootRotation, caKey: NO_BYTES },
    },
    defaultAddressPool: hasPool ? defaultAddressPool : usual.pool,
    subnetSize: hasPool ? subnetSize : usual.subnetSize,
    VXLANUDPPort: VXLANUDPPort === 0 ? usual.port : VXLANUDPPort,
  });
}
