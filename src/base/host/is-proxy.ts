import { builtinModule } from './builtin-module.ts';

/** True for a proxy. Undefined where the host cannot tell, as in browsers. */
export const isProxy: ((value: unknown) => boolean) | undefined = builtinModule('node:util')?.types.isProxy;
