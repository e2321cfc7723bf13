/** Randomness: unpredictable bytes for ids, keys and tokens. */
export interface Random {
  bytes(count: number): Uint8Array;
}
