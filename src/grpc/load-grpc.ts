import type * as grpc from '@grpc/grpc-js';

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
    const found = !/MODULE_NOT_FOUND$/.test(String((cause as { readonly code?: unknown } | null)?.code));
    const why = found ? `, which is there and could not be loaded (${String(cause)})` : '';
    throw missing(`@grpc/grpc-js${why}: npm install @grpc/grpc-js`, cause);
  }
}
