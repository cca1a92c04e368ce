/** Consul's HTTP interface, for what a store does not do. */
export class ConsulCalls {
  readonly #endpoint: string;
  readonly #headers: Readonly<Record<string, string>>;

  constructor(endpoint: string, token?: string) {
    this.#endpoint = endpoint;
    this.#headers = token === undefined ? {} : { 'x-consul-token': token };
  }

  async put(path: string, body: unknown = ''): Promise<string> {
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    const answer = await fetch(`${this.#endpoint}${path}`, { method: 'PUT', body: text, headers: this.#headers });
    const given = await answer.text();
    if (!answer.ok) throw new Error(`${path}: ${answer.status} ${given}`);
    return given;
  }

  async get<T>(path: string): Promise<T> {
    const answer = await fetch(`${this.#endpoint}${path}`, { headers: this.#headers });
    return (answer.ok ? JSON.parse(await answer.text()) : undefined) as T;
  }

  async delete(path: string): Promise<void> {
    await fetch(`${this.#endpoint}${path}`, { method: 'DELETE', headers: this.#headers });
  }

  /** Makes a policy of access. A new leader takes policies a moment after it was elected: this waits for that. */
  async policy(name: string, rules: string): Promise<void> {
    for (;;) {
      try {
        await this.put('/v1/acl/policy', { Name: name, Rules: rules });
        return;
      } catch (error) {
        if (!/legacy mode/.test(String(error))) throw error;
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    }
  }

  /** Performs steps of a transaction. Values are texts. Rejects when one is refused. */
  async transaction(
    steps: readonly (Readonly<Record<string, unknown>> & { readonly Value?: string })[],
  ): Promise<void> {
    await this.put(
      '/v1/txn',
      steps.map(({ Value, ...step }) => ({
        KV: { ...step, ...(Value === undefined ? {} : { Value: Buffer.from(Value).toString('base64') }) },
      })),
    );
  }

  /** A key as the server has it; undefined for an absent key. */
  async key(name: string): Promise<StoredKey | undefined> {
    return (await this.get<readonly StoredKey[] | undefined>(`/v1/kv/${name}`))?.[0];
  }
}

export interface StoredKey {
  readonly Key: string;
  readonly Value: string | null;
  readonly Flags: number;
  readonly Session?: string;
  readonly ModifyIndex: number;
}
