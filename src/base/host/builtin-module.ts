import type * as diagnostics from 'node:diagnostics_channel';
import type * as streams from 'node:stream/promises';
import type * as util from 'node:util';

/** The modules of Node.js that the store uses where they are. */
interface BuiltinModules {
  readonly 'node:diagnostics_channel': typeof diagnostics;
  readonly 'node:stream/promises': typeof streams;
  readonly 'node:util': typeof util;
}

/** A module of Node.js, and undefined in a browser. An import of the module would keep bundlers for browsers away. */
export function builtinModule<N extends keyof BuiltinModules>(name: N): BuiltinModules[N] | undefined {
  const host = globalThis as { readonly process?: { readonly getBuiltinModule?: (name: string) => unknown } };
  return host.process?.getBuiltinModule?.(name) as BuiltinModules[N] | undefined;
}
