export interface EtcdOptions {
  /** Milliseconds for one call, all endpoints together. 5000 where not given. */
  readonly timeoutMs?: number | undefined;
  /**
   * Milliseconds for which a watch looks for a server again before it ends with `ERR_KV_NOT_REACHABLE`. 30,000 where
   * not given.
   */
  readonly reconnectMs?: number | undefined;
  readonly user?: string | undefined;
  readonly password?: string | undefined;
  /**
   * PEM texts: the authority of the servers, where it is none of the system's, and the client's certificate with its
   * key. Connections are then encrypted, as they are to endpoints that start with `https:`; one that starts with
   * `http:` is refused.
   */
  readonly tls?:
    | {
        readonly ca?: string | Uint8Array | undefined;
        readonly certificate?: string | Uint8Array | undefined;
        readonly key?: string | Uint8Array | undefined;
      }
    | undefined;
  /** 1 MiB where not given; a server started with a larger `--max-request-bytes` takes more. */
  readonly maxValueBytes?: number | undefined;
}
