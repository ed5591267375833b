import { serve } from "../../../src/model/simd/task_pool.ts";

declare const self: {
  onmessage: ((event: MessageEvent<SharedArrayBuffer>) => void) | null;
  postMessage(message: string): void;
};

self.onmessage = ({ data }) => {
  const counters = new Int32Array(data, 64);
  self.postMessage("ready");
  serve(new Int32Array(data, 0, 16), (_, index) => void Atomics.add(counters, index, 1));
};
