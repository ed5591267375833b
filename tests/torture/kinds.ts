import { damageKinds } from "./damage.ts";
import type { FaultKind } from "./kind.ts";

/** Every kind of fault, in the order of the table. */
export const kinds: readonly FaultKind[] = [...damageKinds];
