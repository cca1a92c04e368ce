import type { FakeChange } from './fake-swarm.ts';

/** A task whose contents differ for each `slot`. */
export function task(id: string, slot = 1): FakeChange {
  return { kind: 'task', put: { id, slot, serviceId: 's1' } };
}

/** A service whose contents differ for each `step`. */
export function service(id: string, step = 1): FakeChange {
  return { kind: 'service', put: { id, spec: { annotations: { name: id, labels: { step: String(step) } } } } };
}

export function node(id: string, step = 1): FakeChange {
  return { kind: 'node', put: { id, spec: { annotations: { name: id, labels: { step: String(step) } } } } };
}

export function secret(id: string, data: string, internal = false): FakeChange {
  return { kind: 'secret', put: { id, internal, spec: { annotations: { name: id }, data: Buffer.from(data) } } };
}

export function cluster(id: string, key = 'the key of the authority'): FakeChange {
  return {
    kind: 'cluster',
    put: {
      id,
      spec: { annotations: { name: 'default' } },
      rootCa: { caKey: Buffer.from(key), caCert: Buffer.from('certificate') },
      encryptionKeyLamportClock: 7,
    },
  };
}

export function extension(name: string): FakeChange {
  return { kind: 'extension', put: { id: `extension-${name}`, annotations: { name } } };
}

export function resource(id: string, kind: string, step = 1): FakeChange {
  return { kind: 'resource', put: { id, kind, annotations: { name: id, labels: { step: String(step) } } } };
}
