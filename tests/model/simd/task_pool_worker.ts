import { serve } from "../../../src/model/simd/task_pool.ts";

declare const self: { onmessage: ((event: MessageEvent<SharedArrayBuffer>) => void) | null };

self.onmessage = ({ data }) => {
  const counters = new Int32Array(data, 64);
  serve(new Int32Array(data, 0, 16), (_, index) => void Atomics.add(counters, index, 1));
};
