import { machineEvents } from "./events.ts";
import { testEvents } from "./survive.ts";

await testEvents("its machines", machineEvents);
