import { damageKinds } from "./damage.ts";
import { kills } from "./kills.ts";
import { replacedFiles } from "./replaced.ts";
import { systemCalls } from "./system_calls.ts";
import { hostileConfigs } from "./configs.ts";
import { readOnlyDisks, tinyDisks } from "./disks.ts";
import { links } from "./links.ts";
import type { FaultKind } from "./kind.ts";

/** Every kind of fault, in the order of the table. */
export const kinds: readonly FaultKind[] = [
  kills,
  ...damageKinds,
  replacedFiles,
  systemCalls,
  tinyDisks,
  readOnlyDisks,
  links,
  hostileConfigs,
];
