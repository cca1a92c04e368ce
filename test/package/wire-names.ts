import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import protobuf from 'protobufjs';
import { packageFolder } from './package-manifest.ts';

/** The declarations of the files in proto/, under the names that the package gives it: the path without its dots. */
export interface WireNames {
  readonly messages: readonly string[];
  /** The numbers of each enum. */
  readonly enums: ReadonlyMap<string, readonly number[]>;
}

export function wireNames(): WireNames {
  const folder = join(packageFolder, 'proto');
  const messages: string[] = [];
  const enums = new Map<string, readonly number[]>();
  const visit = (namespace: protobuf.NamespaceBase, path: string): void => {
    for (const member of namespace.nestedArray) {
      const name = path + member.name;
      if (member instanceof protobuf.Enum) enums.set(name, Object.values(member.values));
      else if (member instanceof protobuf.Type) messages.push(name);
      // Packages are not part of a name, messages are.
      if (member instanceof protobuf.Namespace) visit(member, member instanceof protobuf.Type ? name : '');
    }
  };
  for (const file of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    // The APIs of servers and the entries of a replicated log are no messages of this package.
    if (!file.endsWith('.proto') || /^(?:etcd|follow|manager|replicated)[\\/]/.test(file)) continue;
    // Names need no other file, so that each is read by itself and imports are left alone.
    visit(protobuf.parse(readFileSync(join(folder, file), 'utf8')).root, '');
  }
  return { messages: messages.sort(), enums };
}
