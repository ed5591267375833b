import { damageKinds } from "./damage.ts";
import { kills } from "./kills.ts";
import { systemCalls } from "./system_calls.ts";
import type { FaultKind } from "./kind.ts";

/** Every kind of fault, in the order of the table. */
export const kinds: readonly FaultKind[] = [
  kills,
  ...damageKinds,
  systemCalls,
];
