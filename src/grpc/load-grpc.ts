import type * as grpc from '@grpc/grpc-js';
import { missingPackage } from '../base/text/missing-package.ts';

/** The package `@grpc/grpc-js`, an optional peer. */
export type Grpc = typeof grpc;

/**
 * Loads `@grpc/grpc-js`, so that only programs that use gRPC need it installed. `missing` makes the error from a text
 * that continues 'it needs the package'.
 */
export async function loadGrpc(missing: (text: string, cause: unknown) => Error): Promise<Grpc> {
  try {
    return await import('@grpc/grpc-js');
  } catch (cause) {
    throw missing(missingPackage('@grpc/grpc-js', cause), cause);
  }
}
