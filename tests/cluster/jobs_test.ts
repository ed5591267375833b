import { jobEvents } from "./events.ts";
import { testEvents } from "./survive.ts";

await testEvents("its jobs", jobEvents);
