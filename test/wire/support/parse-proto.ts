import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import protobuf from 'protobufjs';

const folder = join(__dirname, '../../../proto');

/** proto/ as protobufjs itself understands it. */
export function parseProto(): protobuf.Root {
  const root = new protobuf.Root();
  for (const path of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    // The APIs of servers and the entries of a replicated log are no part of the objects.
    const declares =
      path.endsWith('.proto') && path !== 'options.proto' && !/^(?:etcd|follow|manager|replicated)/.test(path);
    if (declares) protobuf.parse(readFileSync(join(folder, path), 'utf8'), root, { keepCase: true });
  }
  root.resolveAll();
  return root;
}
