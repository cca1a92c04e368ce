import { KvError } from './kv-error.ts';

/** The client of a backend, or an error that says what to install. */
export async function loadClient<T>(backend: string, packageName: string, load: () => Promise<T>): Promise<T> {
  try {
    return await load();
  } catch (error) {
    throw new KvError('ERR_KV_CLIENT_MISSING', `the backend ${backend} needs the package ${packageName}: npm install ${packageName}`, {
      cause: error,
    });
  }
}
