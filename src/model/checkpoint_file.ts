import { readBounded, UnreadableError } from "../files/read_bounded.ts";
import {
  type Checkpoint,
  CheckpointError,
  MOST_CHECKPOINT_BYTES,
  parseCheckpoint,
} from "./checkpoint.ts";

/** Reads the checkpoint `file`; throws a {@linkcode CheckpointError} that names it where it cannot. */
export async function readCheckpoint(file: string): Promise<Checkpoint> {
  let text: string;
  try {
    const bytes = await readBounded(file, MOST_CHECKPOINT_BYTES);
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (error) {
    if (error instanceof UnreadableError) {
      throw new CheckpointError(`cannot read the checkpoint ${file}: ${error.message}`);
    }
    throw new CheckpointError(
      `cannot use the checkpoint ${file}: expected UTF-8 text, found other bytes`,
    );
  }
  return parseCheckpoint(file, text);
}
