export interface EtcdOptions {
  /** Milliseconds for one call, for all endpoints together; 5,000 by default. */
  readonly timeoutMs?: number | undefined;
  /**
   * Milliseconds for which a watch without a server looks for another one, before it ends with `ERR_KV_NOT_REACHABLE`;
   * 30,000 by default.
   */
  readonly reconnectMs?: number | undefined;
  /** Given together with `password`, or not at all. */
  readonly user?: string | undefined;
  readonly password?: string | undefined;
  /**
   * PEM texts: the certificate authority of the servers (the system's by default), and the client's certificate with
   * its key. Connections are then encrypted, as they are for endpoints that start with `https:`; endpoints that start
   * with `http:` are refused.
   */
  readonly tls?:
    | {
        readonly ca?: string | Uint8Array | undefined;
        readonly certificate?: string | Uint8Array | undefined;
        readonly key?: string | Uint8Array | undefined;
      }
    | undefined;
  /** Bytes; 1 MiB by default. Raise it for servers that were started with a larger `--max-request-bytes`. */
  readonly maxValueBytes?: number | undefined;
}
