/**
 * Counts, durations, sizes and long lists as people read them.
 *
 * @module
 */

/** `1 cell`, `20 cells`, `2 losses`; `plural` where it is more than the thing with an s. */
export function formatCount(count: number, thing: string, plural = `${thing}s`): string {
  return `${count} ${count === 1 ? thing : plural}`;
}

/** `0.2 s`, `45 s`, `2 min 5 s` or `1 h 3 min`: tenths below ten seconds, of which any time has one. */
export function formatDuration(seconds: number): string {
  if (seconds < 9.95) {
    const tenths = Math.round(10 * seconds) / 10;
    return `${seconds > 0 ? Math.max(0.1, tenths) : 0} s`;
  }
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  const minutes = Math.floor(whole / 60);
  return minutes < 60
    ? `${minutes} min ${whole % 60} s`
    : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/**
 * `1 byte`, `714.1 KiB`, `256 MiB` or `1.5 GiB`, rounded up to tenths: what exceeds a limit is shown as
 * more than it.
 */
export function formatBytes(bytes: number): string {
  if (bytes < 1024) return formatCount(bytes, "byte");
  const unit = bytes < 2 ** 20 ? "KiB" : bytes < 2 ** 30 ? "MiB" : "GiB";
  const size = bytes / { KiB: 2 ** 10, MiB: 2 ** 20, GiB: 2 ** 30 }[unit];
  return `${Math.ceil(10 * size) / 10} ${unit}`;
}

/** `items`; where there are more than `most`, the first of them and how many are left: `a`, `b`, `3 more`. */
export function firstAndCount(items: readonly string[], most: number): string[] {
  const left = items.length - most;
  return left > 0 ? [...items.slice(0, most), `${left} more`] : [...items];
}
