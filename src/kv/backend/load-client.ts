import { KvError } from '../../errors/kv-error.ts';

/** The client of a backend, or an error that says what to install. */
export async function loadClient<T>(backend: string, packageName: string, load: () => Promise<T>): Promise<T> {
  try {
    return await load();
  } catch (cause) {
    const why = isNotFound(cause) ? '' : `, which is there and could not be loaded (${String(cause)})`;
    const message = `the backend ${backend} needs the package ${packageName}${why}: npm install ${packageName}`;
    throw new KvError('ERR_KV_CLIENT_MISSING', message, { cause });
  }
}

function isNotFound(error: unknown): boolean {
  return error instanceof Error && /MODULE_NOT_FOUND$/.test(String((error as { readonly code?: unknown }).code));
}
