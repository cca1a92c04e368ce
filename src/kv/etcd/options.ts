export interface EtcdOptions {
  /** Milliseconds for one call, all endpoints together. 5000 where not given. */
  readonly timeoutMs?: number | undefined;
  /** Milliseconds for which a watch looks for a server again before it ends with `ERR_KV_NOT_REACHABLE`. 30,000 where not given. */
  readonly reconnectMs?: number | undefined;
  readonly user?: string | undefined;
  readonly password?: string | undefined;
  /** PEM texts. With any of them, or with an endpoint that starts with `https:`, connections are encrypted. */
  readonly tls?:
    { readonly ca?: string | Uint8Array; readonly certificate?: string | Uint8Array; readonly key?: string | Uint8Array } | undefined;
  /** 1 MiB where not given; a server started with a larger `--max-request-bytes` takes more. */
  readonly maxValueBytes?: number | undefined;
}
