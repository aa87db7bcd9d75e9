/**
 * What must hold, all of it in one place. A limit is missed when the whole interval of what was measured is beyond it:
 * what may be noise is not held against anybody.
 */
export const LIMITS = {
  /** Whole calls in Node: the client / the floor of the same protocol, by size. */
  node: {
    '1.0': { '1 KB': 1.1, '100 KB': 1.1, '1 MB': 1.2, '9 MB': 1.3 },
    '2.0': { '1 KB': 1.15, '9 MB': 1.25 },
  },
  /** The same in Chromium, at each size. */
  chromium: 1.2,
  /** 2.0 / 1.0, at 1 KB. */
  protocols: 0.8,
  /** ms of the first streamed chunk beyond plain fetch and one RSA private operation. */
  firstChunk: 6,
  /** MB by which a stream of 100,000 chunks may grow from its first tenth to its end. */
  streamGrowth: 2,
  /** MB/s of plaintext through seal and open, with frames of 64 KiB, on one core. */
  throughput: 100,
  /** Peak memory beyond the floor's, in payloads. */
  memory: 1,
  /** A fresh page with a stored key: until the first request leaves, beside the floor's. */
  freshPage: 1.3,
  /** ms until the first request of a page without a key leaves, beyond one key generation and what the floor takes beside it. */
  generation: 30,
  /** The router over 1.0 with 64 connections: of the lean router's requests, and of the machine's RSA operations. */
  router: { lean: 0.9, rsa: 0.6 },
  /** 200 calls at once: the 99th percentile of the event loop's delay, beside the floor's. */
  eventLoop: 1.2,
  /** The power with which time and memory grow with size and with concurrency. */
  growth: 1.05,
}
